import { Link, NavLink, Outlet, useParams } from 'react-router';
import { useSession } from '../session/session.js';
import { ThemeButton } from './theme-button.js';
import { WorkspacePicker } from './workspace-picker.js';

const PAGES = [
  ['runs', 'Runs'],
  ['flows', 'Flows'],
] as const;

/** What stands around every page: the workspace, where one can go, who one is. */
export function Shell() {
  const { workspaceId = '' } = useParams();
  const pages = workspaceId === '' ? [] : PAGES;
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
        <nav aria-label="Pages">
          {pages.map(([path, name]) => (
            <NavLink key={path} to={`/w/${encodeURIComponent(workspaceId)}/${path}`}>
              {name}
            </NavLink>
          ))}
        </nav>
        <span className="spacer" />
        <a href="/docs">API</a>
        <ThemeButton />
        <Who />
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Who() {
  const { name, signOut } = useSession();
  return (
    <span className="who">
      <span className="soft">{name ?? 'API key'}</span> <button onClick={signOut}>Sign out</button>
    </span>
  );
}
