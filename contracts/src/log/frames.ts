import type { ClosedStatus, StoredValue } from './messages.js';

/** Statuses a node passes through, as the event stream names them (flows-api 9.5). */
export type NodeStatus = 'scheduled' | 'started' | 'retrying' | 'waiting-approval' | 'completed' | 'failed' | 'skipped';

type RunRef = {
  readonly executionId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
};

export type NodeError = { readonly code: string | null; readonly message: string; readonly stack: string | null };

export type NodeFrame = RunRef & {
  readonly nodeId: string;
  /** 1 unless the node is visited again (`#n`). */
  readonly iteration: number;
  readonly status: NodeStatus;
  readonly attemptNumber: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly reused: boolean;
  /** Evaluated input of a task, on its `started` frame; null elsewhere. */
  readonly input: StoredValue | null;
  /** Output, on a `completed` frame of a node that has one; null elsewhere. */
  readonly output: StoredValue | null;
  readonly error: NodeError | null;
  readonly emittedAt: number;
};
export type LogFrame = RunRef & {
  readonly nodeId: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly timestamp: number;
};
/** Hint of the worker that a run is about to close; never shown, it only makes the executor look at once. */
export type RunEnding = RunRef & { readonly emittedAt: number };
/** Last frame of a run; whatever follows it is ignored. */
export type RunClosed = RunRef & { readonly status: ClosedStatus; readonly closedAt: number };

export type Frame =
  | { readonly type: 'NodeFrame'; readonly data: NodeFrame }
  | { readonly type: 'LogFrame'; readonly data: LogFrame }
  | { readonly type: 'RunEnding'; readonly data: RunEnding }
  | { readonly type: 'RunClosed'; readonly data: RunClosed };
export type FrameType = Frame['type'];

/** One attempt of a node, as execution detail shows it. Times are epoch milliseconds. */
export type NodeAttempt = {
  readonly status: NodeStatus;
  readonly attemptNumber: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
};

/**
 * The reconciled table of a closed run, one row per visited node in the order visited: the JSON behind
 * `ExecutionClosed.nodes`. Never-visited nodes are not listed. `scheduledEventIds` are the engine's event ids of the
 * task's `ActivityTaskScheduled`, from which `events` of execution detail is made.
 */
export type FinalNode = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly status: NodeStatus;
  readonly reused: boolean;
  readonly input: StoredValue | null;
  readonly output: StoredValue | null;
  readonly error: NodeError | null;
  readonly attempts: readonly NodeAttempt[];
  readonly scheduledEventId: string | null;
  /** Of a branch: index of the arm that decided, -1 where none was true. Absent elsewhere, and where it is not known. */
  readonly arm?: number;
};
