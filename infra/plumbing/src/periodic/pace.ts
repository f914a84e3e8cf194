/** How often a stage may take a turn: send what has gathered, or read what has come. Times in ms. */
export type PaceOptions = {
  /** A turn every so often, in the long run. */
  readonly everyMs: number;
  /** So many turns may come sooner one after the other, once there was a pause; default 1. */
  readonly burst?: number;
  /** Shortest time between two turns of a burst; default 0. */
  readonly gapMs?: number;
};

/**
 * Makes a stage take few large turns instead of many small ones while there is much to do, since a turn costs about the same
 * whatever it carries: a request, and a wake-up of everybody who reads. A turn after a pause comes at once, so little load
 * waits for nothing.
 */
export type Pace = {
  /** How long the next turn has to wait; 0: none at all. */
  readonly waitMs: () => number;
  /**
   * A turn begins. One that has not waited is not made up for later: the next waits for `everyMs` at most.
   *
   * @param isFull it did not take all there was: the next one comes at once, since a pace must not bound how much is done
   */
  readonly turn: (isFull?: boolean) => void;
};

/** A bucket of turns that holds `burst` and gets one every `everyMs`. @param now default: the monotonic clock */
export function makePace(options: PaceOptions, now: () => number = () => performance.now()): Pace {
  const { everyMs, burst = 1, gapMs = 0 } = options;
  let allowed = burst;
  let countedAt = now();
  let lastAt = -Infinity;
  let isBehind = false;

  const count = (): number => {
    const at = now();
    allowed = Math.min(burst, allowed + (at - countedAt) / everyMs);
    countedAt = at;
    return at;
  };
  return {
    waitMs: () => {
      const at = count();
      return isBehind ? 0 : Math.max(0, (1 - allowed) * everyMs, lastAt + gapMs - at);
    },
    turn: (isFull = false) => {
      isBehind = isFull;
      lastAt = count();
      allowed = Math.max(0, allowed - 1);
    },
  };
}
