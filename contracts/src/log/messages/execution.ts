import { NO_LABELS } from '../../flow/labels.js';
import {
  added,
  Flag,
  Int,
  Json,
  Long,
  oneOf,
  optional,
  record,
  type Shape,
  type StaticOf,
  Text,
  Time,
} from './avro.js';
import { Problem, RUN, STORED_VALUE, StoredValue } from './parts.js';
import { TriggerOrigin, type TriggerType } from './trigger.js';

export const CLOSED_STATUSES = ['Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut', 'ContinuedAsNew'] as const;
/** Status of a run once its engine execution is over. */
export type ClosedStatus = (typeof CLOSED_STATUSES)[number];
export const RUN_STATUSES = ['Pending', 'Running', ...CLOSED_STATUSES] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export type RunFailure = StaticOf<typeof RunFailure>;
export const RunFailure = record('RunFailure', { nodeId: optional(Text), code: Text, message: Text });

const RETRY_SOURCE = {
  version: Int,
  /** As `draftBirth` of `PublishFlow`, of the flow whose version it is; -1 when that flow is gone. */
  flowBirth: optional(Long),
  closed: Flag,
  input: Json,
};
export type RetrySource = StaticOf<typeof RetrySource>;
const RetrySource = record('RetrySource', { ...RETRY_SOURCE, labels: added(Json, NO_LABELS) });

const END = {
  startedAt: optional(Time),
  closedAt: Time,
  result: optional(StoredValue),
  failure: optional(RunFailure),
  /** Text of a list of `FinalNode`. */
  nodes: optional(record('StoredNodes', STORED_VALUE)),
};

export const START_EXECUTION = {
  ...RUN,
  /** Null: the latest published version. A version that is no positive integer is sent as 0, which never exists. */
  version: optional(Int),
  input: Json,
  triggerType: oneOf<TriggerType>(),
  verdict: optional(Problem),
};

export const START_WITH_STRICT_INPUTS = {
  ...START_EXECUTION,
  /** As of `StartFromTrigger`, where it is the latest version; of an earlier one the verdict says it. */
  strictInputs: added(Flag, false),
};

const retryMembers = <Source>(source: Shape<Source>) => ({
  ...RUN,
  retriedFrom: Text,
  /** Null starts everything, `failed` and `node:<id>` reuse what completed in the source. */
  retryFrom: optional(Text),
  /** The source as the read models had it; null: they did not have it. */
  source: optional(source),
  /** On the point to retry from, where the source is closed. */
  verdict: optional(Problem),
});
export const RETRY_EXECUTION = retryMembers(record('RetrySource', RETRY_SOURCE));

export const SIGNAL_EXECUTION = {
  ...RUN,
  /** As the path had it. */
  signalName: Text,
  /** Null: untargeted. */
  nodeId: optional(Text),
  /** Null: the body does not say it acceptably. */
  approved: optional(Flag),
  onBehalfOf: optional(Text),
  /** The read models had the run, so that `verdict` says something. */
  known: Flag,
  /** On target and approver. */
  verdict: optional(Problem),
};
/** What was said with a decision. */
const COMMENT = { comment: optional(Text) };

export const EXECUTION_COMMANDS = {
  StartExecution: { ...START_WITH_STRICT_INPUTS, labels: added(Json, NO_LABELS) },
  CancelExecution: RUN,
  /** A new run of the version and with the input of another run (flows-api 6.8). `executionId` is the new run's. */
  RetryExecution: retryMembers(RetrySource),
  /** An approval signal (flows-api 7). */
  SignalExecution: { ...SIGNAL_EXECUTION, ...COMMENT },
  RecordExecutionStarted: { ...RUN, startedAt: Time },
  RecordExecutionClosed: { ...RUN, status: oneOf<ClosedStatus>(), ...END },
};

export const EXECUTION_REQUESTED = {
  ...RUN,
  version: Int,
  input: Json,
  triggerType: oneOf<TriggerType>(),
  retriedFrom: optional(Text),
  /** What of `retriedFrom` is run again: null everything, `failed`, or `node:<id>` (flow-language 11.4). */
  retryFrom: optional(Text),
};

export const REQUESTED_BY_TRIGGER = {
  ...EXECUTION_REQUESTED,
  /** Null for runs started by hand and for retries. */
  trigger: optional(TriggerOrigin),
};

export const EXECUTION_SIGNALED = {
  ...RUN,
  version: Int,
  signalName: Text,
  /** Null: untargeted. */
  nodeId: optional(Text),
  approved: Flag,
  onBehalfOf: optional(Text),
};

export const EXECUTION_EVENTS = {
  ExecutionRequested: { ...REQUESTED_BY_TRIGGER, labels: added(Json, NO_LABELS) },
  ExecutionStarted: { ...RUN, version: Int, startedAt: Time },
  ExecutionCancelRequested: { ...RUN, version: Int },
  /** A signal for an open run; its actor is the verified caller in `meta`. */
  ExecutionSignaled: { ...EXECUTION_SIGNALED, ...COMMENT },
  ExecutionClosed: {
    ...RUN,
    version: Int,
    status: oneOf<ClosedStatus>(),
    /** True when the run was still `Pending` for the log: the engine must not (or no longer) run it. */
    neverStarted: Flag,
    ...END,
  },
};
