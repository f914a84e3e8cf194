import { type DataOf, Flag, Int, oneOf, optional, record, recordSchema, type StaticOf, Text, Time } from './avro.js';
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

/** By type name. */
const FRAMES = {
  NodeFrame: {
    ...RUN,
    nodeId: Text,
    /** 1 unless the node is visited again (`#n`). */
    iteration: Int,
    status: oneOf<NodeStatus>(),
    attemptNumber: Int,
    startedAt: optional(Time),
    completedAt: optional(Time),
    reused: Flag,
    /** Evaluated input of a task, on its `started` frame; null elsewhere. */
    input: optional(StoredValue),
    /** Output, on a `completed` frame of a node that has one; null elsewhere. */
    output: optional(record('StoredOutput', STORED_VALUE)),
    error: optional(NodeError),
    emittedAt: Time,
  },
  LogFrame: { ...RUN, nodeId: Text, level: oneOf<'info' | 'warn' | 'error'>(), message: Text, timestamp: Time },
  /** Hint of the worker that a run is about to close; never shown, it only makes the executor look at once. */
  RunEnding: { ...RUN, emittedAt: Time },
  /** Last frame of a run; what follows it is ignored. */
  RunClosed: { ...RUN, status: oneOf<ClosedStatus>(), closedAt: Time },
};
export type NodeFrame = DataOf<typeof FRAMES.NodeFrame>;
export type LogFrame = DataOf<typeof FRAMES.LogFrame>;

/** What a run shows while it runs (`flows.runs.v1`). */
export type Frame = {
  readonly [T in keyof typeof FRAMES]: { readonly type: T; readonly data: DataOf<(typeof FRAMES)[T]> };
}[keyof typeof FRAMES];

export const FRAME_SCHEMAS = Object.entries(FRAMES).map(([type, members]) =>
  recordSchema('flowplane.runs', type, members),
);

/** One attempt of a node, as execution detail shows it. Times are epoch milliseconds. */
export type NodeAttempt = Pick<NodeFrame, 'status' | 'attemptNumber' | 'startedAt' | 'completedAt'>;

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
