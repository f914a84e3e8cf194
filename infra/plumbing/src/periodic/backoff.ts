import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between attempts: the first, and from then on twice the one before, up to the longest. */
export type BackoffOptions = {
  readonly firstMs: number;
  /** Default: `firstMs`, so that all pauses are equal. */
  readonly maxMs?: number;
  /** Share of a pause by which it may be shorter or longer, so that many do not come back at once; default 0. */
  readonly jitter?: number;
};

export type Backoff = {
  /** The pause that is due now, in ms. */
  readonly nextMs: () => number;
  /** The next pause is the first again. */
  readonly reset: () => void;
};

export function makeBackoff({ firstMs, maxMs = firstMs, jitter = 0 }: BackoffOptions): Backoff {
  let pauseMs = firstMs;
  return {
    nextMs: () => {
      const ms = pauseMs * (1 - jitter + 2 * jitter * Math.random());
      pauseMs = Math.min(pauseMs * 2, maxMs);
      return ms;
    },
    reset: () => {
      pauseMs = firstMs;
    },
  };
}

/** Waits for a time, or until `signal` aborts. Never rejects. `ref` false: it does not keep the process alive. */
export const pause = (ms: number, signal?: AbortSignal, ref = true): Promise<void> =>
  sleep(ms, undefined, signal === undefined ? { ref } : { signal, ref }).catch(() => undefined);
