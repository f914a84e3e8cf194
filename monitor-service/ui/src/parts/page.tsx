import type { ReactNode } from 'react';
import { useWorkspace } from '../session/use-workspace.js';

type PageProps = {
  /** Also of the tab. */
  readonly title: string;
  /** A sentence for somebody who is here for the first time. */
  readonly about?: ReactNode;
  /** What can be done about the page as a whole. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** A page of a workspace. */
export function Page({ title, about, actions, children }: PageProps) {
  const { workspaceId } = useWorkspace();
  return (
    <div className="page">
      <title>{`${title} · ${workspaceId} · Flowplane`}</title>
      <header className="page-header">
        <h1>{title}</h1>
        {actions}
      </header>
      {about !== undefined && <p className="about soft">{about}</p>}
      {children}
    </div>
  );
}
