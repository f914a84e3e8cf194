/** TypeScript shapes of the messages whose Avro schemas stand in `avro-schemas.ts`. Times are epoch milliseconds. */

export type TriggerType = 'manual' | 'cron' | 'webhook' | 'platform_event';
/** Status of a run once its engine execution is over. */
export type ClosedStatus = 'Completed' | 'Failed' | 'Canceled' | 'Terminated' | 'TimedOut' | 'ContinuedAsNew';
export type RunStatus = 'Pending' | 'Running' | ClosedStatus;

/** A refusal as data: what the HTTP edge turns into status and body. `errors` is the JSON text of an array. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly errors: string | null;
  readonly dimension: string | null;
  readonly retryAfterSeconds: number | null;
};

export type RunFailure = { readonly nodeId: string | null; readonly code: string; readonly message: string };

/** A JSON value, inline (`json`: compact JSON text) or by content hash (`ref`: key of the content store). */
export type StoredValue = { readonly json: string | null; readonly ref: string | null; readonly sizeBytes: number };

export type TriggerRegistration = {
  readonly kind: 'cron' | 'webhook' | 'platform-event';
  readonly triggerId: string;
  /** Kind-specific settings as JSON text. */
  readonly detail: string;
};

export type Idempotency = { readonly key: string; readonly fingerprint: string };

export type CommandMeta = {
  readonly commandId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly actorId: string;
  readonly actorRoles: readonly string[];
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly submittedAt: number;
  /** 1 for the first append; +1 each time the shell re-sends the same command after `CommandStale`. */
  readonly attempt: number;
  readonly idempotency: Idempotency | null;
};

export type EventMeta = {
  readonly eventId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly commandId: string;
  readonly commandType: CommandType;
  /** Offset of the command in its partition of the commands topic. */
  readonly commandOffset: number;
  readonly attempt: number;
  /** Place among the `count` events of this command, from 0. */
  readonly index: number;
  readonly count: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly submittedAt: number;
  readonly occurredAt: number;
  readonly idempotency: Idempotency | null;
};

type Cmd<T extends string, D> = { readonly type: T; readonly meta: CommandMeta; readonly data: D };
type Evt<T extends string, D> = { readonly type: T; readonly meta: EventMeta; readonly data: D };

export type CreateFlow = Cmd<
  'CreateFlow',
  {
    readonly flowId: string;
    readonly name: string;
    readonly dslApiVersion: string;
    readonly definition: string | null;
    readonly definitionYaml: string | null;
    readonly verdict: Problem | null;
  }
>;
/**
 * Null members are left as they are. `definition` without `definitionYaml` clears the kept YAML; YAML comes with the
 * definition parsed from it.
 */
export type UpdateFlow = Cmd<
  'UpdateFlow',
  {
    readonly flowId: string;
    readonly expectedRevision: number | null;
    readonly name: string | null;
    readonly definition: string | null;
    readonly definitionYaml: string | null;
    readonly verdict: Problem | null;
  }
>;
export type DeleteFlow = Cmd<'DeleteFlow', { readonly flowId: string; readonly expectedRevision: number | null }>;
/**
 * `draftRevision` is the revision of the draft that was loaded; -1 when none was found. `draftBirth` is the offset of
 * the command that created its flow: a flow made anew under the id counts its revisions from 1 again.
 */
export type PublishFlow = Cmd<
  'PublishFlow',
  {
    readonly flowId: string;
    readonly expectedRevision: number | null;
    readonly draftRevision: number;
    /** Null: not known, and not looked at. */
    readonly draftBirth: number | null;
    readonly definition: string | null;
    readonly definitionYaml: string | null;
    readonly dslApiVersion: string;
    readonly triggers: readonly TriggerRegistration[];
    readonly verdict: Problem | null;
  }
>;
export type StartExecution = Cmd<
  'StartExecution',
  {
    readonly flowId: string;
    readonly executionId: string;
    /** Null: the latest published version. A version that is no positive integer is sent as 0, which never exists. */
    readonly version: number | null;
    readonly input: string;
    readonly triggerType: TriggerType;
    readonly verdict: Problem | null;
  }
>;
export type CancelExecution = Cmd<'CancelExecution', { readonly flowId: string; readonly executionId: string }>;
/**
 * A new run of the version and with the input of another run (flows-api 6.8). `executionId` is the new run's.
 * `retryFrom`: null starts everything, `failed` and `node:<id>` reuse what completed in the source.
 */
export type RetryExecution = Cmd<
  'RetryExecution',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly retriedFrom: string;
    readonly retryFrom: string | null;
    /** The source as the read models had it; null: they did not have it. */
    readonly source: RetrySource | null;
    /** On the point to retry from, where the source is closed. */
    readonly verdict: Problem | null;
  }
>;
export type RetrySource = {
  readonly version: number;
  /** As `draftBirth`, of the flow whose version it is; -1 when that flow is gone. */
  readonly flowBirth: number | null;
  readonly closed: boolean;
  readonly input: string;
};
/** An approval signal (flows-api 7). `known`: the read models had the run, so that `verdict` says something. */
export type SignalExecution = Cmd<
  'SignalExecution',
  {
    readonly flowId: string;
    readonly executionId: string;
    /** As the path had it. */
    readonly signalName: string;
    /** Null: untargeted. */
    readonly nodeId: string | null;
    /** Null: the body does not say it acceptably. */
    readonly approved: boolean | null;
    readonly onBehalfOf: string | null;
    readonly known: boolean;
    /** On target and approver. */
    readonly verdict: Problem | null;
  }
>;
export type RecordExecutionStarted = Cmd<
  'RecordExecutionStarted',
  { readonly flowId: string; readonly executionId: string; readonly startedAt: number }
>;
export type RecordExecutionClosed = Cmd<
  'RecordExecutionClosed',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly status: ClosedStatus;
    readonly startedAt: number | null;
    readonly closedAt: number;
    readonly result: StoredValue | null;
    readonly failure: RunFailure | null;
    readonly nodes: StoredValue | null;
  }
>;

export type Command =
  | CreateFlow
  | UpdateFlow
  | DeleteFlow
  | PublishFlow
  | StartExecution
  | CancelExecution
  | RetryExecution
  | SignalExecution
  | RecordExecutionStarted
  | RecordExecutionClosed;
export type CommandType = Command['type'];

export type FlowCreated = Evt<
  'FlowCreated',
  {
    readonly flowId: string;
    readonly name: string;
    readonly dslApiVersion: string;
    readonly definition: string | null;
    readonly definitionYaml: string | null;
    readonly revision: number;
  }
>;
export type FlowUpdated = Evt<
  'FlowUpdated',
  {
    readonly flowId: string;
    readonly name: string | null;
    readonly definition: string | null;
    readonly definitionYaml: string | null;
    readonly revision: number;
  }
>;
export type FlowDeleted = Evt<'FlowDeleted', { readonly flowId: string; readonly revision: number }>;
export type FlowVersionPublished = Evt<
  'FlowVersionPublished',
  {
    readonly flowId: string;
    readonly version: number;
    readonly revision: number;
    readonly definition: string;
    readonly definitionYaml: string | null;
    readonly dslApiVersion: string;
    readonly triggers: readonly TriggerRegistration[];
  }
>;
export type ExecutionRequested = Evt<
  'ExecutionRequested',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly version: number;
    readonly input: string;
    readonly triggerType: TriggerType;
    readonly retriedFrom: string | null;
    /** What of `retriedFrom` is run again: null everything, `failed`, or `node:<id>` (flow language 11.4). */
    readonly retryFrom: string | null;
  }
>;
export type ExecutionStarted = Evt<
  'ExecutionStarted',
  { readonly flowId: string; readonly executionId: string; readonly version: number; readonly startedAt: number }
>;
export type ExecutionCancelRequested = Evt<
  'ExecutionCancelRequested',
  { readonly flowId: string; readonly executionId: string; readonly version: number }
>;
/** A signal for an open run; its actor is the verified caller in `meta`. `nodeId` null: untargeted. */
export type ExecutionSignaled = Evt<
  'ExecutionSignaled',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly version: number;
    readonly signalName: string;
    readonly nodeId: string | null;
    readonly approved: boolean;
    readonly onBehalfOf: string | null;
  }
>;
export type ExecutionClosed = Evt<
  'ExecutionClosed',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly version: number;
    readonly status: ClosedStatus;
    /** True when the run was still `Pending` for the log: the engine must not (or no longer) run it. */
    readonly neverStarted: boolean;
    readonly startedAt: number | null;
    readonly closedAt: number;
    readonly result: StoredValue | null;
    readonly failure: RunFailure | null;
    readonly nodes: StoredValue | null;
  }
>;
/** A command that is accepted and changes nothing: `replay` (same Idempotency-Key), `already` (nothing to do). */
export type CommandAcknowledged = Evt<
  'CommandAcknowledged',
  {
    readonly reason: 'replay' | 'already';
    readonly originalCommandId: string | null;
    readonly executionId: string | null;
  }
>;
/**
 * Not an outcome: what the shell loaded (draft, run) is behind the log; it reloads and sends the next attempt.
 * `revision` is the draft's, 0 where a run is behind.
 */
export type CommandStale = Evt<'CommandStale', { readonly flowId: string; readonly revision: number }>;
export type CommandRejected = Evt<
  'CommandRejected',
  { readonly problem: Problem; readonly flowId: string | null; readonly executionId: string | null }
>;

export type Event =
  | FlowCreated
  | FlowUpdated
  | FlowDeleted
  | FlowVersionPublished
  | ExecutionRequested
  | ExecutionStarted
  | ExecutionCancelRequested
  | ExecutionSignaled
  | ExecutionClosed
  | CommandAcknowledged
  | CommandStale
  | CommandRejected;
export type EventType = Event['type'];

/** First record of an owner's reign over an events partition. */
export type EpochStarted = {
  readonly partition: number;
  readonly epoch: number;
  readonly owner: string;
  readonly commandsTopicId: string;
  readonly startedAt: number;
};
