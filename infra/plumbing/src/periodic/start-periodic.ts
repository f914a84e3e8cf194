import { runLoop, type Loop } from './run-loop.js';

/** Work that is done at intervals. */
export type Periodic = Pick<Loop, 'close'>;

export type PeriodicOptions = {
  readonly intervalMs: number;
  /** `signal` aborts with `close`. */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  /** Called with the fault of a round that failed; the next round comes all the same. */
  readonly onFault: (cause: unknown) => void;
};

/** Does something after every interval, counted from the end of the round before. */
export function startPeriodic({ intervalMs, work, onFault }: PeriodicOptions): Periodic {
  return runLoop({
    round: async (signal) => {
      await work(signal);
      return { restMs: intervalMs };
    },
    backoff: { firstMs: intervalMs },
    onFault: (cause) => onFault(cause),
    restFirstMs: intervalMs,
  });
}
