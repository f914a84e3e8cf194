import { type DataOf, Int, list, type Members, optional, record, type RecordSchema } from './avro.js';
import { recordSchema, type StaticOf, Text, Time } from './avro.js';
import { CONNECTION_COMMANDS } from './connection.js';
import {
  EXECUTION_COMMANDS,
  RETRY_EXECUTION,
  SIGNAL_EXECUTION,
  START_EXECUTION,
  START_WITH_STRICT_INPUTS,
} from './execution.js';
import { FLOW_COMMANDS } from './flow.js';
import { OUTCOME_COMMANDS } from './outcome.js';
import { SCHEDULE_CHANGE, SCHEDULE_COMMANDS } from './schedule.js';
import { TENANT_COMMANDS } from './tenant.js';
import { CREATE_TEMPLATE, TEMPLATE_COMMANDS, UPDATE_TEMPLATE } from './template.js';
import { REDELIVER_WEBHOOK, START_FROM_TRIGGER, TRIGGER_COMMANDS } from './trigger.js';

/** By type name. */
const COMMANDS = {
  ...FLOW_COMMANDS,
  ...EXECUTION_COMMANDS,
  ...TRIGGER_COMMANDS,
  ...SCHEDULE_COMMANDS,
  ...TENANT_COMMANDS,
  ...TEMPLATE_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...OUTCOME_COMMANDS,
};

export type Idempotency = StaticOf<typeof Idempotency>;
export const Idempotency = record('Idempotency', { key: Text, fingerprint: Text });

export type CommandMeta = StaticOf<typeof CommandMeta>;
const CommandMeta = record('CommandMeta', {
  commandId: Text,
  tenantId: Text,
  workspaceId: Text,
  actorId: Text,
  actorRoles: list(Text),
  correlationId: Text,
  traceparent: optional(Text),
  submittedAt: Time,
  /** 1 for the first append; +1 each time the shell sends the same command again after `CommandStale`. */
  attempt: Int,
  idempotency: optional(Idempotency),
});

export type CommandType = keyof typeof COMMANDS;
export type CommandOf<Type extends CommandType> = {
  readonly [T in Type]: { readonly type: T; readonly meta: CommandMeta; readonly data: DataOf<(typeof COMMANDS)[T]> };
}[Type];
/** What somebody wants (`flows.commands.v1`). */
export type Command = CommandOf<CommandType>;

const schemaOf = ([type, members]: [string, Members]): RecordSchema =>
  recordSchema('flowplane.commands', type, { meta: CommandMeta, ...members });

export const COMMAND_SCHEMAS = Object.entries(COMMANDS).map(schemaOf);
/** As `RETIRED_EVENT_SCHEMAS`, of commands. */
export const RETIRED_COMMAND_SCHEMAS = [
  schemaOf(['StartExecution', START_EXECUTION]),
  schemaOf(['StartExecution', START_WITH_STRICT_INPUTS]),
  schemaOf(['RetryExecution', RETRY_EXECUTION]),
  schemaOf(['SignalExecution', SIGNAL_EXECUTION]),
  schemaOf(['PauseSchedule', SCHEDULE_CHANGE]),
  schemaOf(['ResumeSchedule', SCHEDULE_CHANGE]),
  schemaOf(['StartFromTrigger', START_FROM_TRIGGER]),
  schemaOf(['RedeliverWebhook', REDELIVER_WEBHOOK]),
  schemaOf(['CreateTemplate', CREATE_TEMPLATE]),
  schemaOf(['UpdateTemplate', UPDATE_TEMPLATE]),
];

export type CreateFlow = CommandOf<'CreateFlow'>;
export type UpdateFlow = CommandOf<'UpdateFlow'>;
export type DeleteFlow = CommandOf<'DeleteFlow'>;
export type ArchiveFlowVersion = CommandOf<'ArchiveFlowVersion'>;
export type PublishFlow = CommandOf<'PublishFlow'>;
export type StartExecution = CommandOf<'StartExecution'>;
export type CancelExecution = CommandOf<'CancelExecution'>;
export type RetryExecution = CommandOf<'RetryExecution'>;
export type SignalExecution = CommandOf<'SignalExecution'>;
export type RecordExecutionStarted = CommandOf<'RecordExecutionStarted'>;
export type RecordExecutionClosed = CommandOf<'RecordExecutionClosed'>;
export type StartFromTrigger = CommandOf<'StartFromTrigger'>;
export type RedeliverWebhook = CommandOf<'RedeliverWebhook'>;
export type SettleTriggerRecord = CommandOf<'SettleTriggerRecord'>;
export type RotateWebhookSecret = CommandOf<'RotateWebhookSecret'>;
export type RewrapWebhookSecrets = CommandOf<'RewrapWebhookSecrets'>;
export type PauseSchedule = CommandOf<'PauseSchedule'>;
export type ResumeSchedule = CommandOf<'ResumeSchedule'>;
export type TriggerSchedule = CommandOf<'TriggerSchedule'>;
export type SetTenantQuotas = CommandOf<'SetTenantQuotas'>;
export type SetLlmModels = CommandOf<'SetLlmModels'>;
export type RecordDenial = CommandOf<'RecordDenial'>;
export type FenceTenant = CommandOf<'FenceTenant'>;
export type RecordTenantDrained = CommandOf<'RecordTenantDrained'>;
export type RecordTenantPurged = CommandOf<'RecordTenantPurged'>;
export type RecordPurgeFailed = CommandOf<'RecordPurgeFailed'>;
export type CreateTemplate = CommandOf<'CreateTemplate'>;
export type UpdateTemplate = CommandOf<'UpdateTemplate'>;
export type DeleteTemplate = CommandOf<'DeleteTemplate'>;
export type ProvisionTemplate = CommandOf<'ProvisionTemplate'>;
export type DeprovisionTemplate = CommandOf<'DeprovisionTemplate'>;
export type RecordProvisioningNodeStarted = CommandOf<'RecordProvisioningNodeStarted'>;
export type RecordResourceCreated = CommandOf<'RecordResourceCreated'>;
export type RecordResourceRemoved = CommandOf<'RecordResourceRemoved'>;
export type RecordProvisioningFinished = CommandOf<'RecordProvisioningFinished'>;
export type RecordDeprovisioningFinished = CommandOf<'RecordDeprovisioningFinished'>;
export type ChangeTenantKey = CommandOf<'ChangeTenantKey'>;
export type PutConnection = CommandOf<'PutConnection'>;
export type DeleteConnection = CommandOf<'DeleteConnection'>;
