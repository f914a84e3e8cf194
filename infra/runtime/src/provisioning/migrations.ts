import { fileURLToPath } from 'node:url';

/** What `migrate` needs for the schema of settings and lookups; the path is right from `src` as from `dist`. */
export const PROVISIONING_MIGRATIONS = {
  schema: 'provisioning',
  directory: fileURLToPath(new URL('../../migrations/provisioning', import.meta.url)),
} as const;
