import { Suspense } from 'react';
import { Link, Outlet, useParams } from 'react-router';
import { useSession } from '../session/session.js';
import { PageMenu } from './page-menu.js';
import { ThemeButton } from './theme-button.js';
import { WorkspacePicker } from './workspace-picker.js';

/** What stands around every page: the workspace, where one can go, who one is. */
export function Shell() {
  const { workspaceId = '' } = useParams();
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          Flowplane
        </Link>
        <WorkspacePicker workspaceId={workspaceId} />
        <span className="spacer" />
        <a href="/docs">API</a>
        <ThemeButton />
        <Who />
      </header>
      <div className="under-bar">
        {workspaceId !== '' && <PageMenu workspaceId={workspaceId} />}
        <main id="main" tabIndex={-1}>
          <Suspense fallback={<p className="page soft">Loading…</p>}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

function Who() {
  const { name, signOut } = useSession();
  return (
    <span className="who">
      <span className="soft">{name ?? 'API key'}</span>{' '}
      <button title={`You are ${name ?? 'known by an API key'}`} onClick={signOut}>
        Sign out
      </button>
    </span>
  );
}
