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
import type { ClosedStatus } from './execution.js';
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
  /** Hint of the worker that a run is about to close; never shown, it only makes the executor look at once. */
  RunEnding: { ...RUN, emittedAt: Time },
  /** Last frame of a run; what follows it is ignored. */
  RunClosed: { ...RUN, status: oneOf<ClosedStatus>(), closedAt: Time },
};
export type NodeFrame = DataOf<typeof FRAMES.NodeFrame>;
export type LogFrame = DataOf<typeof FRAMES.LogFrame>;

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
export const RETIRED_FRAME_SCHEMAS = [recordSchema('flowplane.runs', 'NodeFrame', NODE_FRAME)];

/** What `NodeFrame` has since 0.4, where there is nothing to say. */
export const NO_LATER_MEMBERS = { nextAttemptAt: null, generation: 0, root: null, facts: null } as const;

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
