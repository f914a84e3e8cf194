import { setTimeout as sleep } from 'node:timers/promises';

/** Work that is done now and then. */
export type Periodic = {
  /** Aborts the work, and resolves when it has ended. */
  readonly close: () => Promise<void>;
};

export type PeriodicOptions = {
  readonly intervalMs: number;
  /** Aborted by `close`. */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  /** Called with the fault of a turn that failed; the next one comes all the same. */
  readonly onFault: (cause: unknown) => void;
};

/** Does something after every interval, counted from the end of the turn before. Keeps no process alive. */
export function startPeriodic({ intervalMs, work, onFault }: PeriodicOptions): Periodic {
  const closing = new AbortController();
  const { signal } = closing;
  const run = async (): Promise<void> => {
    for (;;) {
      await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await work(signal);
      } catch (cause) {
        onFault(cause);
      }
    }
  };
  const running = run();
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
