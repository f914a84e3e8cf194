import type { RunState } from './run-state.js';

/** A node that ended well. `target` is what a branch decided for: the arm's `next`, `default`, or undefined. */
export type Settled = { readonly nodeId: string; readonly target?: string | undefined };

/** `start`: the node begins now (a composite is entered). `end`: the composite has ended; other nodes settle. */
export type Change = { readonly kind: 'start' | 'end'; readonly nodeId: string };

/** An edge of `nodeId` that leads to no node of the definition: the run fails with `UnknownNode`. */
export type UnknownTarget = { readonly nodeId: string; readonly target: string };

export type PlanStep = {
  readonly run: RunState;
  readonly changes: readonly Change[];
  /** Set when the walk came upon an unknown node; `changes` then ends there. */
  readonly unknown: UnknownTarget | undefined;
};
