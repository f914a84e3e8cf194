import { fileURLToPath } from 'node:url';

/** What `migrate` needs for the executor's schema; the path is right from `src` as from `dist`. */
export const EXECUTOR_MIGRATIONS = {
  schema: 'executor',
  directory: fileURLToPath(new URL('../../../migrations', import.meta.url)),
} as const;
