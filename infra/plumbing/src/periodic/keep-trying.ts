import { makeBackoff, pause, type Backoff, type BackoffOptions } from './backoff.js';

/** Thrown out of work that was given up because its caller no longer wants it (shutdown, partition lost). */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

export type KeepTryingOptions = {
  /** A `Backoff` goes on from where it is. */
  readonly backoff: BackoffOptions | Backoff;
  readonly signal?: AbortSignal;
  /** Epoch ms; a fault whose pause would end later is thrown. Default: never. */
  readonly deadlineMs?: number;
  /** Whether another attempt may succeed where this fault ended one; default: always. */
  readonly isCurable?: (cause: unknown) => boolean;
  /** Called with every fault that is followed by another attempt. */
  readonly onFault?: (cause: unknown) => void;
};

/**
 * Repeats work until it succeeds.
 *
 * @throws Abandoned on `signal`, between attempts; the fault that is not curable, or the last before the deadline
 */
export async function keepTrying<T>(work: () => Promise<T>, options: KeepTryingOptions): Promise<T> {
  const { signal, deadlineMs = Infinity, isCurable = () => true, onFault } = options;
  const backoff = 'nextMs' in options.backoff ? options.backoff : makeBackoff(options.backoff);
  for (;;) {
    if (signal?.aborted === true) throw new Abandoned();
    try {
      return await work();
    } catch (cause) {
      if (!isCurable(cause)) throw cause;
      const pauseMs = backoff.nextMs();
      if (Date.now() + pauseMs > deadlineMs) throw cause;
      onFault?.(cause);
      await pause(pauseMs, signal);
    }
  }
}
