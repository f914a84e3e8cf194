import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `count` pieces of work, at most `concurrency` at a time, the next as soon as one is done. The first fault ends
 * it, after what is under way has ended.
 */
export async function inParallel<T>(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = Array.from({ length: count });
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++;
      try {
        results[index] = await work(index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(concurrency, count) }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}

const TICK_MS = 5;

/**
 * Offers work at a fixed rate, whether or not what was offered before is done (open loop): every few milliseconds
 * `offer` gets the number of pieces that are due. Offers for `durationMs`; a late tick offers what it missed.
 *
 * @returns what the pieces return, once all are done. @throws the first fault, once all have been offered
 */
export async function atRate<T>(
  perSecond: number,
  durationMs: number,
  offer: (count: number, firstIndex: number) => readonly Promise<T>[],
): Promise<T[]> {
  const underWay: Promise<T>[] = [];
  const startedAt = performance.now();
  for (let offered = 0; ;) {
    const elapsed = Math.min(durationMs, performance.now() - startedAt);
    const due = Math.floor((elapsed / 1000) * perSecond);
    for (const piece of due > offered ? offer(due - offered, offered) : []) {
      // Else one that fails before all are offered would end the process.
      piece.catch(() => undefined);
      underWay.push(piece);
    }
    offered = Math.max(offered, due);
    if (elapsed >= durationMs) return Promise.all(underWay);
    await sleep(TICK_MS);
  }
}
