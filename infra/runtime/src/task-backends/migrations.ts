import { fileURLToPath } from 'node:url';

/** What `migrate` needs for the schema of workers' backends; the path is right from `src` as from `dist`. */
export const TASK_BACKEND_MIGRATIONS = {
  schema: 'task_backends',
  directory: fileURLToPath(new URL('../../migrations/task-backends', import.meta.url)),
} as const;
