import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useMe } from '../api/use-me.js';
import { useSession } from '../session/session.js';
import { useSignOut } from '../session/use-sign-out.js';
import '../styles/parts.css';

type ForbiddenProps = {
  readonly title: string;
  readonly why: string | undefined;
  /** Buttons. */
  readonly children: ReactNode;
};

/** Shown in the place of what somebody may not read: as whom they ask, why that is not enough, and where they can go on. */
export function Forbidden({ title, why, children }: ForbiddenProps) {
  const { workspaceId } = useParams();
  const { name } = useSession();
  const signOut = useSignOut();
  // Asked for again where it was refused itself, it would take the page away that shows this, and bring it back, for ever.
  const me = useMe({ retryOnMount: false }).data;
  const hasOthers =
    me !== undefined && (me.nextPageToken !== null || me.workspaces.some((one) => one.workspaceId !== workspaceId));
  return (
    <section role="alert" className="card forbidden">
      <h2>{title}</h2>
      <p>{why}</p>
      <dl className="facts">
        <dt>You are</dt>
        <dd>{name ?? 'known by an API key'}</dd>
        {me !== undefined && (
          <>
            <dt>Tenant</dt>
            <dd>{me.tenantId}</dd>
            <dt>Roles</dt>
            <dd>{me.roles.length === 0 ? 'none' : me.roles.join(', ')}</dd>
          </>
        )}
        {workspaceId !== undefined && (
          <>
            <dt>Workspace</dt>
            <dd>{workspaceId}</dd>
          </>
        )}
      </dl>
      <div className="actions">
        {children}
        {hasOthers && (
          <Link className="button" to="/">
            Choose a workspace
          </Link>
        )}
        <button onClick={signOut}>Sign in as somebody else</button>
      </div>
    </section>
  );
}
