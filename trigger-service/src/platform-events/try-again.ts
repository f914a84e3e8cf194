import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 500;

/**
 * Repeats what fails while a store or a thread is away.
 *
 * @returns undefined when `signal` ended it
 */
export async function tryAgain<T>(
  work: () => Promise<T>,
  onFault: (cause: unknown) => void,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (cause) {
      onFault(cause);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
