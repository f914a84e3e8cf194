import type { FlowDefinition, JsonObject, NodeStatus, SignedEnvelope, TriggerType } from '@flowplane/contracts';

/** The one workflow type of Flowplane. Kept apart from the workflow's code, which only the bundle may load. */
export const WORKFLOW_TYPE = 'DslInterpreterWorkflow';

/** Signal of every approval, targeted or not; the payload is an `ApprovalSignal`. */
export const APPROVAL_SIGNAL = 'human-approval';

/** The five search attributes of a run, all of type Keyword. */
export const SEARCH_ATTRIBUTES = ['tenantId', 'workspaceId', 'flowId', 'flowVersion', 'triggerType'] as const;
export type SearchAttributeName = (typeof SEARCH_ATTRIBUTES)[number];

/**
 * What a run is started with. `input` is the start input as accepted: the interpreter fills in declared defaults
 * (doing it twice changes nothing).
 */
export type RunInput = {
  readonly envelope: SignedEnvelope;
  readonly triggerType: TriggerType;
  readonly input: JsonObject;
  /** Absent on runs that nothing in the log asked for. */
  readonly origin?: RunOrigin;
  /** Bounds; absent: the documented defaults. A run keeps them: every replay must decide alike. */
  readonly limits?: RunLimits;
  /** Levels of sub-flows above this run; absent: 0, a run that is no sub-flow. */
  readonly depth?: number;
  /** Of the run of a sub-flow: where it stands. Absent below runs of earlier releases: such a run has no frames. */
  readonly lineage?: Lineage;
  /** Of the run of a sub-flow: how many runs may be open below it at once. */
  readonly subFlowsOpen?: number;
  /** Of a retry: what it does not execute again (flow-language 11.4). Composites are not among them. */
  readonly reuse?: readonly ReusedNode[];
  /** Where in the log the run was asked for: versions published before are looked for until the read model is there. */
  readonly requestedAt?: LogPlace;
};

/** Where the run of a sub-flow stands: below which run, and which sub-flow nodes lead from there to it. */
export type Lineage = {
  /** Execution id of the run at the top, whose frames the frames of this one stand beside. */
  readonly root: string;
  readonly path: readonly string[];
};

/**
 * A node that completed in the source of a retry, with what it left: its output, if it has one, and the index of the arm
 * a branch decided for (-1: none was true).
 */
export type ReusedNode = { readonly nodeId: string; readonly output: JsonObject | null; readonly arm: number | null };

/** A record of the events topic. */
export type LogPlace = { readonly partition: number; readonly offset: number };

/** What a run goes back to, for the records its tasks publish. */
export type RunOrigin = {
  /** Of the request or record that caused the run. */
  readonly correlationId: string;
  /** `ce_flowsdepth` of what the run publishes: 0, or one more than that of the record that started it. */
  readonly eventDepth: number;
  /** Place in the trace that the run belongs to (W3C); absent on runs that nothing traced. */
  readonly traceparent?: string;
};

/**
 * What the engine starts a scheduled run with, instead of a `RunInput`: nothing is decided yet, so the run has itself
 * admitted first.
 */
export type ScheduledInput = { readonly scheduled: ScheduledFlow };
export type ScheduledFlow = { readonly tenantId: string; readonly workspaceId: string; readonly flowId: string };

/** A fire that asks to become a run. */
export type FireRequest = ScheduledFlow & {
  readonly executionId: string;
  /** Tells a fire from another one in the same second, which would have the same id. */
  readonly fireId: string;
  /** Epoch ms. */
  readonly scheduledAt: number;
};

/** What was decided about a fire. The refusal is for people who look at the engine: the log has it too. */
export type Admission =
  | { readonly status: 'admitted'; readonly run: RunInput }
  | { readonly status: 'refused'; readonly code: string; readonly message: string };

/** Result of a fire that was refused: no run, and nobody's to list. */
export type RefusedFire = Extract<Admission, { readonly status: 'refused' }>;

/** `flowVersion` among the search attributes of a refused fire, which keeps it out of sight. */
export const NO_VERSION = 'none';

export type RunLimits = {
  /** FLOWS_MAX_STATE_BYTES. */
  readonly maxStateBytes?: number;
  /** FLOWS_MAX_TASK_INPUT_BYTES: of all tasks together. Absent on runs started by an earlier release: no bound. */
  readonly maxTaskInputBytes?: number;
  /** FLOWS_SUBFLOW_MAX_DEPTH. */
  readonly subFlowMaxDepth?: number;
  /** FLOWS_SUBFLOW_MAX_RUNS and FLOWS_SUBFLOW_MAX_OPEN: both, or neither in runs of earlier releases, which have none. */
  readonly subFlowMaxRuns?: number;
  readonly subFlowMaxOpen?: number;
  /** Tasks may be moved to the overflow queue. Absent in runs of earlier releases, whose workers do not poll it. */
  readonly tasksMove?: true;
  /** Tasks carry what was decided before them. Absent in runs of earlier releases, which count what they carry. */
  readonly decisionsTravel?: true;
};

export const DEFAULT_LIMITS = { maxStateBytes: 8_388_608, subFlowMaxDepth: 10 } as const;

/**
 * The workflow's arguments. The definition is an argument of its own, hence a payload of its own: a large one is
 * stored once by its content hash, however many runs use it. The third argument exists only after a continue-as-new.
 */
export type RunArguments = [run: RunInput, definition: FlowDefinition];

export function runArguments(run: RunInput, definition: FlowDefinition): RunArguments {
  return [run, definition];
}

/** Values of the search attributes of a run, as `workflow.start` takes them. */
export function searchAttributeValues(
  run: Pick<RunInput, 'envelope' | 'triggerType'>,
): Readonly<Record<SearchAttributeName, string>> {
  const { tenantId, workspaceId, flowId, flowVersion } = run.envelope;
  return { tenantId, workspaceId, flowId, flowVersion, triggerType: run.triggerType };
}

/** Payload of `APPROVAL_SIGNAL`. `nodeId` null: untargeted. A repeat (same `commandId`) is dropped by the run. */
export type ApprovalSignal = {
  readonly commandId: string;
  readonly nodeId: string | null;
  readonly approved: boolean;
  readonly actor: string;
  readonly onBehalfOf: string | null;
  /** Absent where nothing was said. */
  readonly comment?: string;
};

/** Result of a completed run (flow-language 11.3). */
export type RunResult = {
  readonly status: 'completed';
  readonly flowName: string;
  readonly flowVersion: string;
  readonly trace: readonly string[];
  readonly state: JsonObject;
  /** For the executor that closes the run, and for nobody else; absent when there is nothing to note. */
  readonly notes?: RunNotes;
};

/** What nothing else in the history of a run tells. Pairs, since any text may be the id of a node. */
export type RunNotes = {
  /** Branches that have decided, with the index of the arm; -1: none was true. */
  readonly arms: readonly (readonly [nodeId: string, arm: number])[];
  /** Nodes of `reuse` that were visited. */
  readonly reused: readonly string[];
};

/** Memo of a child run: id of the sub-flow node that it is the run of. */
export const CHILD_NODE_MEMO = 'nodeId';

/** Memo under which a run leaves a `RunStanding` when it fails or is cancelled: such a run has no result. */
export const STANDING_MEMO = 'standing';

/** Where a run stood when it ended without a result. */
export type RunStanding = RunNotes & {
  /** Ids of started nodes, composites included, in the order of their start. */
  readonly trace: readonly string[];
  /** Those of them that had not ended, with their status. */
  readonly open: readonly (readonly [nodeId: string, status: NodeStatus])[];
  /** Outputs of approvals; those of tasks and sub-flows are in the history. */
  readonly approvals: readonly (readonly [nodeId: string, output: JsonObject])[];
};

/**
 * First detail of the `ApplicationFailure` a run fails with; its `type` is the code and its `message` the message of
 * `failure` in execution detail. Task failures (activities) carry the same details.
 */
export type FailureDetail = { readonly nodeId: string | null };
