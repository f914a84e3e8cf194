import { makeBackoff, pause, type BackoffOptions } from './backoff.js';

/** What comes after a round: the next at once, after a rest, or when `wake` is called, which ends a rest as well. */
export type AfterRound = void | { readonly restMs: number } | 'idle';

export type LoopOptions = {
  /** One round of the work; `signal` aborts with `close`. */
  readonly round: (signal: AbortSignal) => Promise<AfterRound>;
  /** Pauses after rounds that fail, one after the other. */
  readonly backoff: BackoffOptions;
  /** A round that took longer before it failed starts the back-off over, as one that succeeds; default: the longest pause. */
  readonly goodAfterMs?: number;
  /**
   * Called after a round that failed, unless the loop is closing; the pause begins when this has ended. `signal` aborts
   * with `close`.
   *
   * @returns `stop`: the loop ends for good; `go on`: there is no pause
   */
  readonly onFault: (cause: unknown, pauseMs: number, signal: AbortSignal) => FaultAnswer | Promise<FaultAnswer>;
  /** Before the first round. Without it the first begins before `runLoop` returns. */
  readonly restFirstMs?: number;
};
export type FaultAnswer = void | 'stop' | 'go on';

export type Loop = {
  /** Ends a wait of the loop: the next round begins at once, or as soon as the one under way has ended. */
  readonly wake: () => void;
  /** Aborts the round under way, and resolves when it has ended. */
  readonly close: () => Promise<void>;
};

/** Runs rounds one after the other until closed. Its waits keep no process alive. */
export function runLoop(options: LoopOptions): Loop {
  const { round, onFault, goodAfterMs = options.backoff.maxMs ?? options.backoff.firstMs } = options;
  const backoff = makeBackoff(options.backoff);
  const closing = new AbortController();
  const { signal } = closing;
  let isWoken = false;
  let endWait = (): void => undefined;

  const wait = (restMs: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      if (isWoken || signal.aborted) return resolve();
      const timer = restMs === undefined ? undefined : setTimeout(resolve, restMs).unref();
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const faulted = async (cause: unknown, beganAt: number): Promise<FaultAnswer> => {
    if (signal.aborted) return;
    if (performance.now() - beganAt > goodAfterMs) backoff.reset();
    const pauseMs = backoff.nextMs();
    const answer = await onFault(cause, pauseMs, signal);
    if (answer === undefined) await pause(pauseMs, signal, false);
    return answer;
  };
  const run = async (): Promise<void> => {
    if (options.restFirstMs !== undefined) await pause(options.restFirstMs, signal, false);
    while (!signal.aborted) {
      const beganAt = performance.now();
      isWoken = false;
      try {
        const after = await round(signal);
        backoff.reset();
        if (after === 'idle') await wait(undefined);
        else if (after !== undefined && after.restMs > 0) await wait(after.restMs);
      } catch (cause) {
        if ((await faulted(cause, beganAt)) === 'stop') return;
      }
    }
  };
  const running = run();
  const wake = (): void => {
    isWoken = true;
    endWait();
  };
  return {
    wake,
    close: async () => {
      closing.abort();
      wake();
      await running;
    },
  };
}
