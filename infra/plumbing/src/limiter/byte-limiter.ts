/** Nothing became free in time. */
export class LimiterBusy extends Error {
  override readonly name = 'LimiterBusy';
}

/** Bytes that somebody holds of a limiter. */
export type HeldBytes = {
  /** Gives back what is held above `bytes`. */
  readonly shrinkTo: (bytes: number) => void;
  /** Gives back the rest; again: nothing. */
  readonly release: () => void;
};

export type TakeOptions = {
  /** Who takes; of one owner no more than half is held at once, so that nobody can keep all others waiting. */
  readonly owner?: string;
  /** Longest wait, ms; default: for ever. */
  readonly waitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
};

/** Bounds the bytes that are worked on at once; who comes then waits in order. What is larger than all counts as all. */
export type ByteLimiter = {
  /** @throws LimiterBusy after `waitMs`; the reason of `signal` */
  readonly take: (bytes: number, options?: TakeOptions) => Promise<HeldBytes>;
  /** Takes for the time of `work`. @throws what `take` or `work` throws */
  readonly run: <T>(bytes: number, work: () => Promise<T>, options?: TakeOptions) => Promise<T>;
  /** Bytes held now. */
  readonly held: () => number;
};

type Waiting = { readonly bytes: number; readonly owner: string | undefined; readonly go: () => void };

/** @param max bytes */
export function makeByteLimiter(max: number): ByteLimiter {
  const waiting: Waiting[] = [];
  const byOwner = new Map<string, number>();
  let taken = 0;

  const add = (owner: string | undefined, bytes: number): void => {
    taken += bytes;
    if (owner === undefined) return;
    const left = (byOwner.get(owner) ?? 0) + bytes;
    if (left === 0) byOwner.delete(owner);
    else byOwner.set(owner, left);
  };
  const isWithinShare = ({ owner, bytes }: Waiting): boolean => {
    const held = owner === undefined ? 0 : (byOwner.get(owner) ?? 0);
    return held === 0 || held + bytes <= max / 2;
  };
  /** An owner above its share is passed over; all others keep their places, so that small requests do not starve large ones. */
  const admit = (): void => {
    for (;;) {
      const at = waiting.findIndex(isWithinShare);
      const next = waiting[at];
      if (next === undefined || taken + next.bytes > max) return;
      waiting.splice(at, 1);
      add(next.owner, next.bytes);
      next.go();
    }
  };
  const holding = (owner: string | undefined, bytes: number): HeldBytes => {
    let left = bytes;
    const shrinkTo = (wanted: number): void => {
      const returned = left - Math.min(left, Math.max(0, wanted));
      if (returned === 0) return;
      left -= returned;
      add(owner, -returned);
      admit();
    };
    return { shrinkTo, release: () => shrinkTo(0) };
  };

  const take = async (wanted: number, { owner, waitMs, signal }: TakeOptions = {}): Promise<HeldBytes> => {
    signal?.throwIfAborted();
    const bytes = Math.min(wanted, max);
    let endWait = (): void => undefined;
    await new Promise<void>((go, reject) => {
      const one: Waiting = { bytes, owner, go };
      const leave = (cause: unknown): void => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(cause as Error);
        admit();
      };
      waiting.push(one);
      admit();
      if (!waiting.includes(one)) return;
      const busy = (): void => leave(new LimiterBusy(`no ${bytes} of ${max} bytes became free in ${waitMs} ms`));
      const timer = waitMs === undefined ? undefined : setTimeout(busy, waitMs);
      const onAbort = (): void => leave(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      endWait = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
    }).finally(() => endWait());
    return holding(owner, bytes);
  };
  return {
    take,
    run: async (bytes, work, options) => {
      const held = await take(bytes, options);
      try {
        return await work();
      } finally {
        held.release();
      }
    },
    held: () => taken,
  };
}
