import { assertNever, type Command, type Event } from '@flowplane/contracts';
import { accepted, type Decision, type DecisionContext, type Memory } from './decision.js';
import { deleteConnection, putConnection } from './connections/change-connection.js';
import { evolveConnections } from './connections/state.js';
import { cancelExecution } from './executions/cancel-execution.js';
import { recordExecutionClosed, recordExecutionStarted } from './executions/record-execution.js';
import { retryExecution } from './executions/retry-execution.js';
import { signalExecution } from './executions/signal-execution.js';
import { startExecution } from './executions/start-execution.js';
import { evolveExecutions } from './executions/state.js';
import { archiveVersion } from './flows/archive-version.js';
import { createFlow } from './flows/create-flow.js';
import { deleteFlow } from './flows/delete-flow.js';
import { publishFlow } from './flows/publish-flow.js';
import { evolveFlows } from './flows/state.js';
import { updateFlow } from './flows/update-flow.js';
import { atLastRefused, settledEarlier } from './idempotency/attempts.js';
import { bindsKey, decidedByKey, deniedByFullKeys } from './idempotency/keys.js';
import { evolveIdempotency, forgetIdempotency } from './idempotency/state.js';
import { setTenantQuotas } from './quotas/set-tenant-quotas.js';
import { evolveQuotas } from './quotas/state.js';
import { changeSchedule } from './schedules/change-schedule.js';
import { createTemplate, deleteTemplate, updateTemplate } from './templates/documents.js';
import { deprovisionTemplate, provisionTemplate } from './templates/provision.js';
import {
  recordDeprovisioningFinished,
  recordNodeStarted,
  recordProvisioningFinished,
  recordResourceCreated,
  recordResourceRemoved,
} from './templates/record-provisioning.js';
import { evolveTemplates } from './templates/state.js';
import { emptyTenantState, type TenantState } from './tenant-state.js';
import { evolveFence } from './tenants/state.js';
import {
  deniedByFence,
  fenceTenant,
  recordPurgeFailed,
  recordTenantDrained,
  recordTenantPurged,
} from './tenants/teardown.js';
import { toEvents } from './to-events.js';
import { redeliverWebhook } from './triggers/redeliver-webhook.js';
import { settleTriggerRecord } from './triggers/settle-trigger-record.js';
import { startFromTrigger } from './triggers/start-from-trigger.js';
import { evolveTriggers, forgetTriggers } from './triggers/state.js';
import { rewrapWebhookSecrets, rotateWebhookSecret } from './triggers/webhook-secrets.js';

/** The place of a command's record in the log, and what is configured. */
export type CommandContext = Omit<DecisionContext, 'now'> & {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
};

export type Decided = { readonly decision: Decision; readonly events: readonly Event[] };

/**
 * Decides one command of the tenant that has this state, and makes the records that the decision leaves in the log. Of
 * the state it only removes what has expired; taking in the events is up to the caller (`evolve`).
 */
export function decideAt(state: TenantState, command: Command, context: CommandContext): Decided {
  const { offset, timestamp, quotas, memory } = context;
  const now = Math.max(timestamp, state.lastTime);
  forget(state, now, memory);
  const decision = decide(state, command, { now, quotas, memory });
  return { decision, events: toEvents(command, offset, now, decision) };
}

/** Frees the memory of what has expired. */
export function forget(state: TenantState, now: number, memory: Memory): void {
  forgetIdempotency(state.idempotency, now, memory);
  forgetTriggers(state.triggers, now, memory);
}

/** Changes nothing. */
export function decide(state: TenantState, command: Command, context: DecisionContext): Decision {
  // A command that has its outcome already gets no second one. For anything new the fence comes first, before replays.
  const earlier =
    (state.fence === null ? decidedByKey(state, command, context) : undefined) ??
    settledEarlier(state, command, context) ??
    deniedByFence(state, command);
  if (earlier !== undefined) return earlier;
  // The table gives each command the function of its type, which the compiler cannot follow through a union.
  const decision = atLastRefused(command, DECIDE[command.type](state, command as never, context));
  return (bindsKey(decision) ? deniedByFullKeys(state, command, context) : undefined) ?? decision;
}

const DECIDE: {
  readonly [T in Command['type']]: (
    state: TenantState,
    command: Extract<Command, { readonly type: T }>,
    context: DecisionContext,
  ) => Decision;
} = {
  CreateFlow: createFlow,
  UpdateFlow: updateFlow,
  DeleteFlow: deleteFlow,
  PublishFlow: publishFlow,
  ArchiveFlowVersion: archiveVersion,
  StartExecution: startExecution,
  CancelExecution: cancelExecution,
  RetryExecution: retryExecution,
  SignalExecution: signalExecution,
  RecordExecutionStarted: recordExecutionStarted,
  RecordExecutionClosed: recordExecutionClosed,
  StartFromTrigger: startFromTrigger,
  RedeliverWebhook: redeliverWebhook,
  SettleTriggerRecord: settleTriggerRecord,
  RotateWebhookSecret: rotateWebhookSecret,
  RewrapWebhookSecrets: rewrapWebhookSecrets,
  PauseSchedule: changeSchedule,
  ResumeSchedule: changeSchedule,
  TriggerSchedule: changeSchedule,
  SetTenantQuotas: setTenantQuotas,
  SetLlmModels: (_state, { data }) => accepted({ type: 'LlmModelsSet', data }),
  CreateTemplate: createTemplate,
  UpdateTemplate: updateTemplate,
  DeleteTemplate: deleteTemplate,
  ProvisionTemplate: provisionTemplate,
  DeprovisionTemplate: deprovisionTemplate,
  RecordProvisioningNodeStarted: recordNodeStarted,
  RecordResourceCreated: recordResourceCreated,
  RecordResourceRemoved: recordResourceRemoved,
  RecordProvisioningFinished: recordProvisioningFinished,
  RecordDeprovisioningFinished: recordDeprovisioningFinished,
  PutConnection: putConnection,
  DeleteConnection: deleteConnection,
  RecordDenial: (_state, { data }) => accepted({ type: 'CommandDenied', data }),
  FenceTenant: fenceTenant,
  RecordTenantDrained: recordTenantDrained,
  RecordTenantPurged: recordTenantPurged,
  RecordPurgeFailed: recordPurgeFailed,
  ChangeTenantKey: (_state, { data }) => accepted({ type: 'TenantKeyChanged', data }),
};

/**
 * Takes one event of the tenant into its state, which is changed in place and returned. Total: an event that does not
 * fit, which no decision leads to, changes nothing but the time and the command's Idempotency-Key.
 */
export function evolve(state: TenantState, event: Event): TenantState {
  state.lastTime = Math.max(state.lastTime, event.meta.occurredAt);
  evolveIdempotency(state.idempotency, event);
  switch (event.type) {
    case 'FlowCreated':
    case 'FlowUpdated':
    case 'FlowDeleted':
    case 'FlowVersionPublished':
    case 'FlowVersionArchived':
    case 'WebhookSecretRotated':
      evolveFlows(state.flows, event);
      return state;
    case 'ConnectionPut':
    case 'ConnectionRemoved':
      evolveConnections(state.connections, event);
      return state;
    case 'ExecutionRequested':
      if (state.executions.runs.has(event.data.executionId)) return state;
      evolveExecutions(state.executions, event);
      evolveTriggers(state.triggers, event);
      evolveQuotas(state.quotas, event);
      return state;
    case 'ExecutionStarted':
    case 'ExecutionCancelRequested':
      evolveExecutions(state.executions, event);
      return state;
    case 'ExecutionClosed':
      if (!state.executions.runs.has(event.data.executionId)) return state;
      evolveExecutions(state.executions, event);
      evolveTriggers(state.triggers, event);
      state.fence = evolveFence(state.fence, event);
      return state;
    case 'ExecutionSignaled':
    case 'TenantQuotasSet':
      evolveQuotas(state.quotas, event);
      return state;
    case 'TriggerStartRefused':
    case 'TriggerRecordSettled':
      evolveTriggers(state.triggers, event);
      return state;
    case 'TemplateCreated':
    case 'TemplateUpdated':
    case 'TemplateDeleted':
    case 'ProvisioningRequested':
    case 'ProvisioningNodeStarted':
    case 'ResourceCreated':
    case 'ResourceRemoved':
    case 'DeprovisioningRequested':
      evolveTemplates(state.templates, event);
      return state;
    case 'ProvisioningFinished':
    case 'DeprovisioningFinished':
      evolveTemplates(state.templates, event);
      state.fence = evolveFence(state.fence, event);
      return state;
    case 'TenantFenced':
    case 'TenantDrained':
      state.fence = evolveFence(state.fence, event);
      return state;
    case 'TenantPurged':
      // Only the time is left (event-log 10).
      return Object.assign(state, emptyTenantState(), { lastTime: state.lastTime });
    case 'WebhookSecretsRewrapped':
    case 'LlmModelsSet':
    case 'SchedulePaused':
    case 'ScheduleResumed':
    case 'ScheduleTriggered':
    case 'CommandDenied':
    case 'PurgeFailed':
    case 'TenantKeyChanged':
    case 'CommandAcknowledged':
    case 'CommandStale':
    case 'CommandRejected':
      return state;
    default:
      return assertNever(event);
  }
}
