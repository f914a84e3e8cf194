import type { SubFlowNode, SubFlowTotals } from '@flowplane/contracts';

/** Leave for a run of a sub-flow to be open. */
export type SubFlowSlot = {
  /** How many runs may be open below that run at once. */
  readonly below: number;
  /** Once, when the run is over. */
  readonly giveBack: () => void;
};

/** Places for the runs of a run's sub-flows. */
export type SubFlowPlaces = { readonly take: (node: SubFlowNode) => Promise<SubFlowSlot> };

/** @param node totals of the version that the sub-flow names */
export type SubFlowSlots = { readonly take: (node: SubFlowTotals) => Promise<SubFlowSlot> };

/**
 * Divides what may be open below a run among its sub-flows, so that all levels together keep to it although no run knows
 * of its siblings (flow-language 10.6, ADR 54). A sub-flow holds one place for its own run, and those that it may use
 * below. It gets as many as it can use where there are enough for all, else a part by what it can start. It gets at least
 * what it needs to end: one for each level. Those for which no place is free wait in the order in which they came.
 *
 * Nobody waits for ever: a run has at least as many places as levels below it, so that with none taken the first in
 * the line fits, and what is open has all that it needs.
 *
 * @param totals of the version of the run
 * @param open how many runs may be open below this run at once; at least one for each level counts
 */
export function makeSubFlowSlots(totals: SubFlowTotals, open: number): SubFlowSlots {
  const places = Math.max(open, levelsOf(totals));
  const waiting: { readonly size: number; readonly admit: () => void }[] = [];
  let free = places;
  const admitFirst = (): void => {
    for (let first = waiting[0]; first !== undefined && first.size <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.size;
      first.admit();
    }
  };
  return {
    take: async (node) => {
      const size = placesFor(node, totals, places);
      await new Promise<void>((admit) => {
        waiting.push({ size, admit: () => admit() });
        admitFirst();
      });
      const giveBack = (): void => {
        free += size;
        admitFirst();
      };
      return { below: size - 1, giveBack };
    },
  };
}

/** Places that a sub-flow holds, its own run's included: a part by what it can start, between what it needs and can use. */
function placesFor(node: SubFlowTotals, totals: SubFlowTotals, places: number): number {
  const usable = 1 + node.runs;
  if (totals.runs <= places) return Math.min(usable, places);
  const part = Math.floor((places * usable) / totals.runs);
  return Math.min(Math.max(part, 1 + levelsOf(node)), usable, places);
}

/** Levels that runs reach: nodes that no run reaches count in `nesting`, but start nothing. */
const levelsOf = ({ nesting, runs }: SubFlowTotals): number => Math.min(nesting, runs);
