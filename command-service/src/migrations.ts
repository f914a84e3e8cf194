import { fileURLToPath } from 'node:url';

/** Snapshots and teardowns, in the state database; the path is right from `src` as from `dist`. */
export const COMMAND_MIGRATIONS = {
  schema: 'command',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
} as const;
