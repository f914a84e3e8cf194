import type {
  TriggerType,
  ClosedStatus,
  Problem,
  RunFailure,
  StoredValue,
  TriggerRegistration,
  Cmd,
} from './message-parts.js';
import type {
  StartFromTrigger,
  RedeliverWebhook,
  SettleTriggerRecord,
  RotateWebhookSecret,
  RewrapWebhookSecrets,
  PauseSchedule,
  ResumeSchedule,
  TriggerSchedule,
  SetTenantQuotas,
  RecordDenial,
  FenceTenant,
  RecordTenantDrained,
  RecordTenantPurged,
  RecordPurgeFailed,
} from './trigger-commands.js';

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
    /** As of `StartFromTrigger`, where it is the latest version; of an earlier one the verdict says it. */
    readonly strictInputs: boolean;
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
  | RecordExecutionClosed
  | StartFromTrigger
  | RedeliverWebhook
  | SettleTriggerRecord
  | RotateWebhookSecret
  | RewrapWebhookSecrets
  | PauseSchedule
  | ResumeSchedule
  | TriggerSchedule
  | SetTenantQuotas
  | RecordDenial
  | FenceTenant
  | RecordTenantDrained
  | RecordTenantPurged
  | RecordPurgeFailed;
export type CommandType = Command['type'];
