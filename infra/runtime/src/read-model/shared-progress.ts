import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { openProgress, type OpenProgress } from './progress.js';
import type { ProgressTracker } from './progress-tracker.js';

type Shared = { readonly tracker: ProgressTracker; readonly pool: Pool; users: number };

/**
 * `openProgress` for several services in one process: for each database all of them follow one tracker, over one listening
 * connection, from the first who opens it until the last has closed it. It reads with a connection that belongs to none of
 * them, since each ends its pool when it closes.
 */
export function shareProgress(): OpenProgress {
  const byUrl = new Map<string, Shared>();
  const join = (url: string): Shared => {
    const known = byUrl.get(url);
    if (known !== undefined) return known;
    const pool = makePool(url, { max: 1, applicationName: 'progress' });
    const opened = { tracker: openProgress(pool, url), pool, users: 0 };
    byUrl.set(url, opened);
    return opened;
  };
  const leave = async (url: string, shared: Shared): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    byUrl.delete(url);
    await shared.tracker.close();
    await shared.pool.end();
  };
  return (_pool, url) => {
    const shared = join(url);
    shared.users += 1;
    return asIfAlone(shared.tracker, () => leave(url, shared));
  };
}

/** Its close ends its own waits only. @param leave called once, with the first close */
function asIfAlone(tracker: ProgressTracker, leave: () => Promise<void>): ProgressTracker {
  const waits = new Set<AbortController>();
  let left: Promise<void> | undefined;
  return {
    ...tracker,
    waitFor: async (names, partition, offset, deadlineMs, signal) => {
      const ending = new AbortController();
      const end = (): void => ending.abort();
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted === true || left !== undefined) end();
      waits.add(ending);
      try {
        return await tracker.waitFor(names, partition, offset, deadlineMs, ending.signal);
      } finally {
        waits.delete(ending);
        signal?.removeEventListener('abort', end);
      }
    },
    close: () => {
      for (const wait of waits) wait.abort();
      return (left ??= leave());
    },
  };
}
