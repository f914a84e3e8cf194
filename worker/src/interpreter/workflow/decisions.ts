import type { NodeFacts } from '@flowplane/contracts';
import { jsonBytes } from '@flowplane/contracts/flow/json';

export type Decided = NonNullable<NodeFacts['decided']>[number];

/** Most that a task carries of what was decided before it, in bytes of JSON; of more, the earliest stay behind. */
const MAX_BYTES = 4096;

/**
 * What a run has decided and no task's record holds yet. A task carries it into its record, which the log has before the
 * engine learns of the end of the task: so the effect of a task is not in the log without the decisions of its run that led to
 * it. Until one of them has ended, every task that begins carries it: which record comes first, nobody knows. An end that the
 * log could not take in time counts as recorded.
 */
export type Decisions = {
  readonly note: (decided: Decided) => void;
  /** What a task that begins now carries, in the order decided. */
  readonly carried: () => readonly Decided[];
  /** A task that carried these has completed. */
  readonly recorded: (carried: readonly Decided[]) => void;
  /** All that no record holds. */
  readonly open: () => readonly Decided[];
};

/** @param known what was open before the run continued as new */
export function makeDecisions(known: readonly Decided[] = [], maxBytes = MAX_BYTES): Decisions {
  const open = new Set(known);
  return {
    note: (decided) => void open.add(decided),
    carried: () => {
      const latest: Decided[] = [];
      let bytes = 0;
      for (const one of [...open].toReversed()) {
        bytes += jsonBytes(one) + 1;
        if (bytes > maxBytes) break;
        latest.push(one);
      }
      return latest.toReversed();
    },
    recorded: (carried) => carried.forEach((one) => open.delete(one)),
    open: () => [...open],
  };
}
