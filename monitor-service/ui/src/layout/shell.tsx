import { Suspense, useEffect, useRef, type RefObject } from 'react';
import { Link, Outlet, useLocation, useParams } from 'react-router';
import { useLeaveGuard } from '../parts/leave-question.js';
import { useSession } from '../session/session.js';
import { useSignOut } from '../session/use-sign-out.js';
import { PageMenu } from './page-menu.js';
import { ThemeButton } from './theme-button.js';
import { WorkspacePicker } from './workspace-picker.js';

/** What stands around every page: the workspace, where one can go, who one is. */
export function Shell() {
  const { workspaceId = '' } = useParams();
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(main);
  useLeaveGuard();
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
        {/* In other tabs: what is being done here stays, and somebody with an API key stays signed in. */}
        <a href="/docs/index" target="_blank" rel="noreferrer">
          Docs
        </a>
        <a href="/docs" target="_blank" rel="noreferrer" className="api-link">
          API
        </a>
        <ThemeButton />
        <Who />
      </header>
      <div className="under-bar">
        {workspaceId !== '' && <PageMenu workspaceId={workspaceId} />}
        <main id="main" tabIndex={-1} ref={main}>
          <Suspense fallback={<p className="page soft">Loading…</p>}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

/** A new page gets the focus, so that a keyboard or a screen reader goes on in it, and not where the link was. */
function useFocusOnNewPage(main: RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    const focused = document.activeElement;
    // What has the focus in the page has taken it; somebody who chooses a workspace may not be done yet.
    if (main.current?.contains(focused) === true || focused instanceof HTMLSelectElement) return;
    main.current?.focus({ preventScroll: true });
  }, [main, pathname]);
}

function Who() {
  const { name } = useSession();
  const signOut = useSignOut();
  return (
    <span className="who">
      <span className="soft">{name ?? 'API key'}</span>{' '}
      <button title={`You are ${name ?? 'known by an API key'}`} onClick={signOut}>
        Sign out
      </button>
    </span>
  );
}
