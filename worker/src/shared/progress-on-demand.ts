import type { Pool } from '@flowplane/plumbing/postgres';
import { openProgress, type OpenProgress, type ProgressTracker } from '@flowplane/runtime/read-model';

/**
 * Follows the progress of the read models from the first question on: most workers have none.
 *
 * @param url of the database that `pool` is of
 */
export function progressOnDemand(
  pool: Pool,
  url: string,
  open: OpenProgress = openProgress,
): { readonly open: () => ProgressTracker; readonly close: () => Promise<void> } {
  let progress: ProgressTracker | undefined;
  return {
    open: () => (progress ??= open(pool, url)),
    close: async () => progress?.close(),
  };
}
