import { finalError } from '../task-error.js';

/**
 * The URL of a request with a connection: a relative one is resolved against the connection's URL, as if that named a
 * folder.
 *
 * @returns undefined where the text is no URL
 */
export function resolveAgainst(text: string, base: URL): string | undefined {
  const folder = new URL(base);
  folder.pathname = folderOf(base);
  folder.search = '';
  folder.hash = '';
  return URL.canParse(text, folder.href) ? new URL(text, folder).href : undefined;
}

/**
 * A connection's credentials go to its origin only, and there to its path and what is below.
 *
 * @throws TaskError `FORBIDDEN`
 */
export function requireBelow(url: URL, base: URL): void {
  const folder = folderOf(base);
  const isBelow = url.pathname.startsWith(folder) || `${url.pathname}/` === folder;
  if (url.origin !== base.origin || !isBelow || (folder !== '/' && climbs(url.pathname))) {
    throw finalError('FORBIDDEN', 'The request leaves the URL of its connection.');
  }
}

const folderOf = ({ pathname }: URL): string => (pathname.endsWith('/') ? pathname : `${pathname}/`);

/** Decodings that a server may make before it reads the path. */
const MAX_DECODINGS = 3;

/** Whether a server that decodes slashes first, or more than once, could be led out of the folder. */
function climbs(pathname: string): boolean {
  let path = pathname;
  for (let count = 0; count < MAX_DECODINGS; count++) {
    path = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\').replace(/%25/g, '%');
  }
  return path.split(/[/\\]/).some((segment) => /^\.\.(;|$)/.test(segment));
}
