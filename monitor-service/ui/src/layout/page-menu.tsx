import { useEffect, useState, type KeyboardEvent } from 'react';
import { NavLink, useLocation } from 'react-router';
import { pageOf, PAGE_GROUPS, pageName } from './pages.js';

/** Where one can go: beside the page, and on a narrow screen behind a button above it. */
export function PageMenu({ workspaceId }: { readonly workspaceId: string }) {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [pathname]);
  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') setOpen(false);
  };
  return (
    <div className="page-menu" data-open={isOpen} onKeyDown={closeOnEscape}>
      <button aria-expanded={isOpen} aria-controls="pages" onClick={() => setOpen(!isOpen)}>
        <span aria-hidden="true">☰</span> {pageName(pageOf(pathname)) ?? 'Pages'}
      </button>
      <nav id="pages" aria-label="Pages">
        {PAGE_GROUPS.map((pages) => (
          <ul key={pages[0][0]}>
            {pages.map(([path, name]) => (
              <li key={path}>
                <NavLink to={`/w/${encodeURIComponent(workspaceId)}/${path}`}>{name}</NavLink>
              </li>
            ))}
          </ul>
        ))}
      </nav>
    </div>
  );
}
