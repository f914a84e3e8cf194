import { fileURLToPath } from 'node:url';

/** What `migrate` needs for the content schema; the path is right from `src` as from `dist`. */
export const CONTENT_MIGRATIONS = {
  schema: 'content',
  directory: fileURLToPath(new URL('../../migrations/content', import.meta.url)),
} as const;
