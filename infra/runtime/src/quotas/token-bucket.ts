/** Tokens that flow in evenly and are taken out in pieces. Times in ms, from any beginning. */
export type TokenBucket = {
  /** @returns undefined when taken, else the ms until so many are there */
  readonly take: (tokens: number, now: number) => number | undefined;
  /** Takes what must be taken; what is not there is owed. */
  readonly owe: (tokens: number, now: number) => void;
  /** Most tokens that are kept, and how many are missing from them. */
  readonly standing: (now: number) => { readonly limit: number; readonly usage: number };
  /** Nothing is missing: a new one would be the same. */
  readonly isFull: (now: number) => boolean;
};

/**
 * @param perSecond tokens that flow in
 * @param burst most that are kept. A piece that is larger is let through by a full bucket, which then owes the rest
 */
export function makeTokenBucket(perSecond: number, burst: number, now: number): TokenBucket {
  let level = burst;
  let at = now;
  const flow = (time: number): void => {
    if (time > at) level = Math.min(burst, level + ((time - at) / 1000) * perSecond);
    at = Math.max(at, time);
  };
  return {
    take: (tokens, time) => {
      flow(time);
      const missing = Math.min(tokens, burst) - level;
      if (missing <= 0 && burst > 0) {
        level -= tokens;
        return undefined;
      }
      return perSecond > 0 ? (missing / perSecond) * 1000 : Infinity;
    },
    owe: (tokens, time) => {
      flow(time);
      level -= tokens;
    },
    standing: (time) => {
      flow(time);
      return { limit: burst, usage: Math.ceil(burst - level) };
    },
    isFull: (time) => {
      flow(time);
      return level >= burst;
    },
  };
}
