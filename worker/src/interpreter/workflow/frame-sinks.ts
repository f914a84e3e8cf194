import type { JsonObject, NodeFacts, NodeStatus, RunEnding } from '@flowplane/contracts';
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Lineage } from '../../shared/run-input.js';

/** Which run a frame belongs to. */
export type FrameRun = {
  readonly executionId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  /** Set for the run of a sub-flow. */
  readonly subFlow?: Lineage & { readonly version: string };
};

/** A node's new status as the workflow sees it. Times are workflow time, epoch ms; `errorCode` comes with `message`. */
export type WorkflowNodeFrame = {
  readonly nodeId: string;
  readonly status: NodeStatus;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Set where the node completed in the source of a retry, and not in this run. */
  readonly reused?: true;
  readonly input?: JsonObject;
  readonly output?: JsonObject;
  readonly error?: { readonly code: string; readonly message: string };
  readonly facts?: NodeFacts;
};

/** How a run ends; `result` and `standing` are JSON. */
export type WorkflowEnding = Pick<
  RunEnding,
  'status' | 'workflowTask' | 'startedAt' | 'version' | 'correlationId' | 'traceparent' | 'failure'
> & { readonly result: string | undefined; readonly standing: string };

/**
 * What the workflow tells the outside while it runs; not called on replay and of no effect on history. Calls only
 * hand over: the worker appends to the runs topic in its own time.
 */
export interface FrameSinks extends Sinks {
  frames: {
    node(run: FrameRun, frame: WorkflowNodeFrame): void;
    ending(run: FrameRun, ending: WorkflowEnding): void;
  };
}

export const { frames } = proxySinks<FrameSinks>();
