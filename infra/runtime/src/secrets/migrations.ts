import { fileURLToPath } from 'node:url';

/** What `migrate` needs for the schema of secrets; the path is right from `src` as from `dist`. */
export const SECRET_MIGRATIONS = {
  schema: 'secrets',
  directory: fileURLToPath(new URL('../../migrations/secrets', import.meta.url)),
} as const;
