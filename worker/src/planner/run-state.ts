/** Id of the run's own chain, the one that starts at `nodes[0]`. Composites get ids from 1. */
export const ROOT_SCOPE = 0;

/** A sequence that has started and not ended; `step` is the index of the step whose chain runs. */
export type SequenceScope = {
  readonly kind: 'sequence';
  readonly id: number;
  readonly nodeId: string;
  readonly parent: number;
  readonly step: number;
};

/** A parallel that has started and not ended, with its current round (flow-language 4.3). */
export type ParallelScope = {
  readonly kind: 'parallel';
  readonly id: number;
  readonly nodeId: string;
  readonly parent: number;
  readonly joins: readonly string[];
  /** Heads of the round that are join nodes themselves: they wait for the next round. */
  readonly waiting: readonly string[];
  readonly arrived: readonly string[];
  /** Chains of the round that have not ended. */
  readonly open: number;
};
export type Scope = SequenceScope | ParallelScope;

/** Where a run stands. Plain data: it survives JSON, so a run can continue as new with it. */
export type RunState = {
  /** Ids of started nodes, composites included, in the order of their start. */
  readonly trace: readonly string[];
  readonly scopes: readonly Scope[];
  /** Started nodes that are no composites and have not settled, with the scope their chain belongs to. */
  readonly active: readonly { readonly nodeId: string; readonly scope: number }[];
  readonly nextScope: number;
  /** True once the run's own chain has ended: nothing is active any more. */
  readonly ended: boolean;
};

export const NOT_BEGUN: RunState = { trace: [], scopes: [], active: [], nextScope: 1, ended: false };
