/** Makes calls one after the other, in the order in which they were asked for; the first one at once. */
export type InTurn = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * For the local activities of a run. The engine's worker hands out the results of those of one workflow task in the
 * order of their ends while a run is alive, but in the order of their starts when it is replayed: with two under way,
 * what follows them could be reported in another order than it happened, and the run would be stuck for good.
 */
export function makeInTurn(): InTurn {
  const waiting: (() => void)[] = [];
  let busy = false;
  return async (call) => {
    if (busy) await new Promise<void>((resolve) => waiting.push(resolve));
    busy = true;
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy = false;
      else next();
    }
  };
}
