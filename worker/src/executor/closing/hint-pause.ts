/**
 * How long to wait between a worker's hint that a run is ending and the first look at its history: the engine learns
 * of the end a moment later, under load many moments. A look that comes too early costs a second request, one that
 * comes late only time; so the pause grows fast on the first and shrinks slowly without.
 */
export type HintPause = {
  readonly ms: () => number;
  /** @param early whether the last look came before the end */
  readonly learn: (early: boolean) => void;
};

const SHORTEST_MS = 15;
const LONGEST_MS = 2000;
/** With these about one look in twenty is too early when the load is steady. */
const GROWTH = 1.5;
const SHRINKAGE = 0.98;

export function makeHintPause(): HintPause {
  let pauseMs = 2 * SHORTEST_MS;
  return {
    ms: () => pauseMs,
    learn: (early) => {
      pauseMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, pauseMs * (early ? GROWTH : SHRINKAGE)));
    },
  };
}
