import type { JsonObject } from '@flowplane/contracts';
import type { RunState } from '../../planner/index.js';
import type { ApprovalInbox } from './approval-inbox.js';
import type { Decided } from './decisions.js';

/** Where a run stands when it continues as new: all that its next part needs. */
export type RunProgress = {
  readonly plan: RunState;
  readonly outputs: JsonObject;
  readonly inbox: ApprovalInbox;
  /** Open nodes that have begun, with their start and, for waits and approvals, their end, in epoch ms. */
  readonly begun: readonly BegunNode[];
  /** Branches that have decided, with the index of the arm; absent in progress of earlier releases. */
  readonly arms?: readonly (readonly [nodeId: string, arm: number])[];
  /** Decisions that no task's record holds yet; absent in progress of earlier releases. */
  readonly decided?: readonly Decided[];
  /** Of the inputs of the tasks so far; absent in progress of earlier releases. */
  readonly taskInputBytes?: number;
  /** Start of the whole run. */
  readonly startedAtMs: number;
};
export type BegunNode = { readonly nodeId: string; readonly startedAt: number; readonly dueAt: number | null };
