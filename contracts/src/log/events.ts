import type {
  TriggerType,
  ClosedStatus,
  Problem,
  RunFailure,
  StoredValue,
  TriggerRegistration,
  TriggerOrigin,
  Evt,
} from './message-parts.js';
import type {
  TriggerStartRefused,
  TriggerRecordSettled,
  WebhookSecretRotated,
  WebhookSecretsRewrapped,
  SchedulePaused,
  ScheduleResumed,
  ScheduleTriggered,
  TenantQuotasSet,
  CommandDenied,
  TenantFenced,
  TenantDrained,
  TenantPurged,
  PurgeFailed,
} from './trigger-events.js';

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
    /** What of `retriedFrom` is run again: null everything, `failed`, or `node:<id>` (flow-language 11.4). */
    readonly retryFrom: string | null;
    /** Null for runs started by hand and for retries. */
    readonly trigger: TriggerOrigin | null;
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
/**
 * A command that is accepted and changes nothing: `replay` (same Idempotency-Key), `already` (nothing to do),
 * `duplicate` (the trigger has started this run before).
 */
export type CommandAcknowledged = Evt<
  'CommandAcknowledged',
  {
    readonly reason: 'replay' | 'already' | 'duplicate';
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
  | TriggerStartRefused
  | TriggerRecordSettled
  | WebhookSecretRotated
  | WebhookSecretsRewrapped
  | SchedulePaused
  | ScheduleResumed
  | ScheduleTriggered
  | TenantQuotasSet
  | CommandDenied
  | TenantFenced
  | TenantDrained
  | TenantPurged
  | PurgeFailed
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
