import { assertNever, type Command } from '@flowplane/contracts';
import { atLastRefused, settledEarlier } from './attempts.js';
import { cancelExecution } from './cancel-execution.js';
import { createFlow } from './create-flow.js';
import type { Decision, DecisionContext } from './decision.js';
import { deleteFlow } from './delete-flow.js';
import { deniedByFence } from './fence.js';
import { bindsKey, decidedByKey, deniedByFullKeys } from './idempotency.js';
import { publishFlow } from './publish-flow.js';
import { recordExecutionClosed } from './record-execution-closed.js';
import { recordExecutionStarted } from './record-execution-started.js';
import { retryExecution } from './retry-execution.js';
import { signalExecution } from './signal-execution.js';
import { startExecution } from './start-execution.js';
import type { TenantState } from './tenant-state.js';
import { updateFlow } from './update-flow.js';
import { changeSchedule } from './schedules.js';
import { redeliverWebhook } from './redeliver-webhook.js';
import { settleTriggerRecord } from './settle-trigger-record.js';
import { startFromTrigger } from './start-from-trigger.js';
import {
  fenceTenant,
  recordDenial,
  recordPurgeFailed,
  recordTenantDrained,
  recordTenantPurged,
  setTenantQuotas,
} from './tenants.js';
import { rewrapWebhookSecrets, rotateWebhookSecret } from './webhook-secrets.js';

type TenantCommand = Extract<
  Command,
  {
    readonly type:
      | 'SetTenantQuotas'
      | 'RecordDenial'
      | 'FenceTenant'
      | 'RecordTenantDrained'
      | 'RecordTenantPurged'
      | 'RecordPurgeFailed';
  }
>;

/** Decides one command of the tenant whose state this is. Pure; changes nothing. */
export function decide(state: TenantState, command: Command, context: DecisionContext): Decision {
  // Of what has its outcome already there is no second one; to anything new a fence comes first, repeats included.
  const earlier =
    (state.fence === null ? decidedByKey(state, command, context) : undefined) ??
    settledEarlier(state, command, context) ??
    deniedByFence(state, command);
  if (earlier !== undefined) return earlier;
  const decision = atLastRefused(command, decideByType(state, command, context));
  return (bindsKey(decision) ? deniedByFullKeys(state, command, context) : undefined) ?? decision;
}

function decideByType(state: TenantState, command: Command, context: DecisionContext): Decision {
  switch (command.type) {
    case 'CreateFlow':
      return createFlow(state, command, context);
    case 'UpdateFlow':
      return updateFlow(state, command);
    case 'DeleteFlow':
      return deleteFlow(state, command);
    case 'PublishFlow':
      return publishFlow(state, command, context);
    case 'StartExecution':
      return startExecution(state, command, context);
    case 'CancelExecution':
      return cancelExecution(state, command, context);
    case 'RetryExecution':
      return retryExecution(state, command, context);
    case 'SignalExecution':
      return signalExecution(state, command, context);
    case 'RecordExecutionStarted':
      return recordExecutionStarted(state, command);
    case 'RecordExecutionClosed':
      return recordExecutionClosed(state, command);
    case 'StartFromTrigger':
      return startFromTrigger(state, command, context);
    case 'RedeliverWebhook':
      return redeliverWebhook(state, command, context);
    case 'SettleTriggerRecord':
      return settleTriggerRecord(state, command);
    case 'RotateWebhookSecret':
      return rotateWebhookSecret(state, command, context);
    case 'RewrapWebhookSecrets':
      return rewrapWebhookSecrets(state, command);
    case 'PauseSchedule':
    case 'ResumeSchedule':
    case 'TriggerSchedule':
      return changeSchedule(state, command);
    default:
      return decideOnTenant(state, command, context);
  }
}

/** Commands about a tenant as a whole. */
function decideOnTenant(state: TenantState, command: TenantCommand, context: DecisionContext): Decision {
  switch (command.type) {
    case 'SetTenantQuotas':
      return setTenantQuotas(command, context);
    case 'RecordDenial':
      return recordDenial(command);
    case 'FenceTenant':
      return fenceTenant(state, command);
    case 'RecordTenantDrained':
      return recordTenantDrained(state, command);
    case 'RecordTenantPurged':
      return recordTenantPurged(state, command);
    case 'RecordPurgeFailed':
      return recordPurgeFailed(state, command);
    default:
      return assertNever(command);
  }
}
