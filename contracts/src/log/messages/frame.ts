import {
  added,
  type DataOf,
  Flag,
  Int,
  Json,
  oneOf,
  optional,
  record,
  recordSchema,
  type StaticOf,
  Text,
  Time,
} from './avro.js';
import { type ClosedStatus, RunFailure } from './execution.js';
import { STORED_VALUE, StoredValue } from './parts.js';

export const NODE_STATUSES = [
  'scheduled',
  'started',
  'retrying',
  'waiting-approval',
  'completed',
  'failed',
  'skipped',
] as const;
/** Statuses a node passes through, as the event stream names them (flows-api 9.5). */
export type NodeStatus = (typeof NODE_STATUSES)[number];

export type NodeError = StaticOf<typeof NodeError>;
const NodeError = record('NodeError', { code: optional(Text), message: Text, stack: optional(Text) });

const RUN = { executionId: Text, tenantId: Text, workspaceId: Text, flowId: Text };

/** As release 0.3 writes it. */
const NODE_FRAME = {
  ...RUN,
  nodeId: Text,
  /** 1 unless the node is visited again (`#n`). */
  iteration: Int,
  status: oneOf<NodeStatus>(),
  attemptNumber: Int,
  startedAt: optional(Time),
  completedAt: optional(Time),
  reused: Flag,
  /** Evaluated input of a task, on its `started` frame, and message of an approval, as it opens; null elsewhere. */
  input: optional(StoredValue),
  /** Output, on a `completed` frame of a node that has one; null elsewhere. */
  output: optional(record('StoredOutput', STORED_VALUE)),
  error: optional(NodeError),
  emittedAt: Time,
};

/** As release 0.3 writes it. */
const RUN_ENDING = { ...RUN, emittedAt: Time };

/** By type name. */
const FRAMES = {
  NodeFrame: {
    ...NODE_FRAME,
    /** On the frame of a failed attempt: when the next one is due, as far as its worker can tell. */
    nextAttemptAt: added(optional(Time), null),
    /** How often the run was taken up again by an engine that had lost it: 0 so far. */
    generation: added(Int, 0),
    /** Of the run of a sub-flow: the run at the top, under whose id the frame is filed. Null: the run itself. */
    root: added(optional(Text), null),
    /** What was decided at the node and nothing else tells, as a JSON object; null: nothing so far. */
    facts: added(optional(Json), null),
  },
  LogFrame: { ...RUN, nodeId: Text, level: oneOf<'info' | 'warn' | 'error'>(), message: Text, timestamp: Time },
  /**
   * A run is about to close, says its worker, and how. Never shown. The engine may still end the run otherwise, or ask it
   * once more: what is said here counts only where the engine's close event answers the same workflow task.
   */
  RunEnding: {
    ...RUN_ENDING,
    /** Null: not said. */
    status: added(optional(oneOf<ClosedStatus>()), null),
    /** Event id with which the engine started the workflow task that this answers; 0: not said. */
    workflowTask: added(Int, 0),
    /** Start of the whole run, by the engine's clock. */
    startedAt: added(optional(Time), null),
    version: added(optional(Int), null),
    /** Of what asked for the run. */
    correlationId: added(optional(Text), null),
    traceparent: added(optional(Text), null),
    failure: added(optional(RunFailure), null),
    /** Of a run that completed. */
    result: added(optional(StoredValue), null),
    /** Text of an `EndingStanding`. */
    standing: added(optional(record('StoredStanding', STORED_VALUE)), null),
  },
  /** Last frame of a run; what follows it is ignored. */
  RunClosed: { ...RUN, status: oneOf<ClosedStatus>(), closedAt: Time },
};
export type NodeFrame = DataOf<typeof FRAMES.NodeFrame>;
export type LogFrame = DataOf<typeof FRAMES.LogFrame>;
export type RunEnding = DataOf<typeof FRAMES.RunEnding>;

/** Where a run stood when it ended: `standing` of its `RunEnding`. Pairs, since any text may be the id of a node. */
export type EndingStanding = {
  /** Ids of started nodes, composites included, in the order of their start. */
  readonly trace: readonly string[];
  /** Those of them that had not completed, with the status of such a node. */
  readonly open: readonly (readonly [nodeId: string, status: NodeStatus])[];
  /** Those of them that failed: more than one where several did at the same time. */
  readonly failed: readonly (readonly [nodeId: string, error: Pick<RunFailure, 'code' | 'message'>])[];
  /** Branches that decided, with the index of the arm; -1: none was true. */
  readonly arms: readonly (readonly [nodeId: string, arm: number])[];
  /** Nodes that completed in the source of a retry, and were visited. */
  readonly reused: readonly string[];
};

/** What `facts` of a node frame may hold. */
export type NodeFacts = {
  /** Of the run of a sub-flow: its version, and the sub-flow nodes that lead from the root to it. */
  readonly subFlow?: { readonly path: readonly string[]; readonly version: string };
  /** Of a wait that has begun: when it is over, epoch ms. */
  readonly dueAt?: number;
  /** Of a node that decided something: on its `completed` frame. */
  readonly decision?: Decision;
  /** On the frame that ends a task: what was decided before the task, and no frame of a task before it has. */
  readonly decided?: readonly (Decision & { readonly nodeId: string })[];
};
/** What a node came to that is no task: nothing but the fact that it is over, of a wait. */
export type Decision = {
  /** Of a branch: index of the arm, -1 where none was true. */
  readonly arm?: number;
  /** Of an approval: id of the command whose signal ended it; null: its time was up. */
  readonly signal?: string | null;
};

/** What a run shows while it runs (`flows.runs.v1`). */
export type Frame = {
  readonly [T in keyof typeof FRAMES]: { readonly type: T; readonly data: DataOf<(typeof FRAMES)[T]> };
}[keyof typeof FRAMES];

export const FRAME_SCHEMAS = Object.entries(FRAMES).map(([type, members]) =>
  recordSchema('flowplane.runs', type, members),
);

/** As `RETIRED_EVENT_SCHEMAS`, of frames. */
export const RETIRED_FRAME_SCHEMAS = [
  recordSchema('flowplane.runs', 'NodeFrame', NODE_FRAME),
  recordSchema('flowplane.runs', 'RunEnding', RUN_ENDING),
];

/** What `NodeFrame` has since 0.4, where there is nothing to say. */
export const NO_LATER_MEMBERS = { nextAttemptAt: null, generation: 0, root: null, facts: null } as const;

/** What `RunEnding` has since 0.4, where nothing is said. */
export const END_NOT_SAID = {
  ...{ status: null, workflowTask: 0, startedAt: null, version: null, correlationId: null, traceparent: null },
  ...{ failure: null, result: null, standing: null },
} as const;

/** One attempt of a node, as execution detail shows it. Times are epoch milliseconds. */
export type NodeAttempt = Pick<NodeFrame, 'status' | 'attemptNumber' | 'startedAt' | 'completedAt'> & {
  /** What it failed with; absent where it did not, where nobody could tell, and in tables of earlier releases. */
  readonly error?: { readonly message: string };
  /** When the next attempt was due after it failed; absent where none was. */
  readonly nextAttemptAt?: number;
};
/** Bound of the message in an attempt, in characters; the error of the node itself is whole. */
export const MAX_ATTEMPT_MESSAGE = 1000;

/**
 * The reconciled table of a closed run, one row per visited node in the order visited: the JSON behind
 * `ExecutionClosed.nodes`. Never-visited nodes are not listed.
 */
export type FinalNode = Pick<NodeFrame, 'nodeId' | 'iteration' | 'status' | 'reused' | 'input' | 'output' | 'error'> & {
  readonly attempts: readonly NodeAttempt[];
  /** The engine's event id of the task's `ActivityTaskScheduled`, from which `events` of execution detail is made. */
  readonly scheduledEventId: string | null;
  /** Of a branch: index of the arm that decided, -1 where none was true. Absent elsewhere, and where it is not known. */
  readonly arm?: number;
};
