import {
  type DataOf,
  Int,
  Long,
  type Members,
  oneOf,
  optional,
  record,
  recordSchema,
  type RecordSchema,
} from './avro.js';
import { type StaticOf, Text, Time } from './avro.js';
import { Idempotency, type CommandType } from './command.js';
import { CONNECTION_EVENTS } from './connection.js';
import { EXECUTION_EVENTS, EXECUTION_REQUESTED, EXECUTION_SIGNALED, REQUESTED_BY_TRIGGER } from './execution.js';
import { FLOW_EVENTS } from './flow.js';
import { OUTCOME_EVENTS } from './outcome.js';
import { SCHEDULE_CHANGE, SCHEDULE_EVENTS } from './schedule.js';
import { TENANT_EVENTS } from './tenant.js';
import { TEMPLATE_CREATED, TEMPLATE_EVENTS, TEMPLATE_UPDATED } from './template.js';
import { TRIGGER_EVENTS } from './trigger.js';

/** By type name. */
const EVENTS = {
  ...FLOW_EVENTS,
  ...EXECUTION_EVENTS,
  ...TRIGGER_EVENTS,
  ...SCHEDULE_EVENTS,
  ...TENANT_EVENTS,
  ...TEMPLATE_EVENTS,
  ...CONNECTION_EVENTS,
  ...OUTCOME_EVENTS,
};
const NAMESPACE = 'flowplane.events';

export type EventMeta = StaticOf<typeof EventMeta>;
const EventMeta = record('EventMeta', {
  eventId: Text,
  tenantId: Text,
  workspaceId: Text,
  commandId: Text,
  commandType: oneOf<CommandType>(),
  /** Offset of the command in its partition of the commands topic. */
  commandOffset: Long,
  attempt: Int,
  /** Place among the `count` events of this command, from 0. */
  index: Int,
  count: Int,
  actorId: Text,
  correlationId: Text,
  traceparent: optional(Text),
  submittedAt: Time,
  occurredAt: Time,
  idempotency: optional(Idempotency),
});

export type EventType = keyof typeof EVENTS;
export type EventOf<Type extends EventType> = {
  readonly [T in Type]: { readonly type: T; readonly meta: EventMeta; readonly data: DataOf<(typeof EVENTS)[T]> };
}[Type];
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];
/** What was decided (`flows.events.v1`). */
export type Event = EventOf<EventType>;

const schemaOf = ([type, members]: [string, Members]): RecordSchema =>
  recordSchema(NAMESPACE, type, { meta: EventMeta, ...members });

export const EVENT_SCHEMAS = Object.entries(EVENTS).map(schemaOf);
/**
 * Schemas of an earlier release that nothing is written with any more. What was written with them is read as the type
 * is today: members added since have their defaults.
 */
export const RETIRED_EVENT_SCHEMAS = [
  schemaOf(['ExecutionRequested', EXECUTION_REQUESTED]),
  schemaOf(['ExecutionRequested', REQUESTED_BY_TRIGGER]),
  schemaOf(['ExecutionSignaled', EXECUTION_SIGNALED]),
  schemaOf(['SchedulePaused', SCHEDULE_CHANGE]),
  schemaOf(['ScheduleResumed', SCHEDULE_CHANGE]),
  schemaOf(['TemplateCreated', TEMPLATE_CREATED]),
  schemaOf(['TemplateUpdated', TEMPLATE_UPDATED]),
];

const EPOCH_STARTED = { partition: Int, epoch: Long, owner: Text, commandsTopicId: Text, startedAt: Time };
/** First record of an owner's term on an events partition (event-log 1): no outcome of a command, so without `meta`. */
export type EpochStarted = DataOf<typeof EPOCH_STARTED>;
export const EPOCH_STARTED_SCHEMA = recordSchema(NAMESPACE, 'EpochStarted', EPOCH_STARTED);

export type FlowCreated = EventOf<'FlowCreated'>;
export type FlowUpdated = EventOf<'FlowUpdated'>;
export type FlowDeleted = EventOf<'FlowDeleted'>;
export type FlowVersionArchived = EventOf<'FlowVersionArchived'>;
export type FlowVersionPublished = EventOf<'FlowVersionPublished'>;
export type ExecutionRequested = EventOf<'ExecutionRequested'>;
export type ExecutionStarted = EventOf<'ExecutionStarted'>;
export type ExecutionCancelRequested = EventOf<'ExecutionCancelRequested'>;
export type ExecutionSignaled = EventOf<'ExecutionSignaled'>;
export type ExecutionClosed = EventOf<'ExecutionClosed'>;
export type TriggerStartRefused = EventOf<'TriggerStartRefused'>;
export type TriggerRecordSettled = EventOf<'TriggerRecordSettled'>;
export type WebhookSecretRotated = EventOf<'WebhookSecretRotated'>;
export type WebhookSecretsRewrapped = EventOf<'WebhookSecretsRewrapped'>;
export type SchedulePaused = EventOf<'SchedulePaused'>;
export type ScheduleResumed = EventOf<'ScheduleResumed'>;
export type ScheduleTriggered = EventOf<'ScheduleTriggered'>;
export type TenantQuotasSet = EventOf<'TenantQuotasSet'>;
export type LlmModelsSet = EventOf<'LlmModelsSet'>;
export type TenantFenced = EventOf<'TenantFenced'>;
export type TenantDrained = EventOf<'TenantDrained'>;
export type TenantPurged = EventOf<'TenantPurged'>;
export type PurgeFailed = EventOf<'PurgeFailed'>;
export type TenantKeyChanged = EventOf<'TenantKeyChanged'>;
export type CommandDenied = EventOf<'CommandDenied'>;
export type CommandAcknowledged = EventOf<'CommandAcknowledged'>;
export type CommandStale = EventOf<'CommandStale'>;
export type CommandRejected = EventOf<'CommandRejected'>;
export type TemplateCreated = EventOf<'TemplateCreated'>;
export type TemplateUpdated = EventOf<'TemplateUpdated'>;
export type TemplateDeleted = EventOf<'TemplateDeleted'>;
export type ProvisioningRequested = EventOf<'ProvisioningRequested'>;
export type ProvisioningNodeStarted = EventOf<'ProvisioningNodeStarted'>;
export type ResourceCreated = EventOf<'ResourceCreated'>;
export type ResourceRemoved = EventOf<'ResourceRemoved'>;
export type ProvisioningFinished = EventOf<'ProvisioningFinished'>;
export type DeprovisioningRequested = EventOf<'DeprovisioningRequested'>;
export type DeprovisioningFinished = EventOf<'DeprovisioningFinished'>;
export type ConnectionPut = EventOf<'ConnectionPut'>;
export type ConnectionRemoved = EventOf<'ConnectionRemoved'>;
