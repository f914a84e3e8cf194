import { assertNever, type Event } from '@flowplane/contracts';
import type { FlowScope } from '../schedules/desired-schedule.js';
import { refusedFires } from '../schedules/refused-fires.js';

/** Key under which what concerns a flow is done in the order of the log. */
export const flowTurn = ({ tenantId, workspaceId, flowId }: FlowScope): string =>
  `${tenantId}/${workspaceId}/${flowId}`;

/** The run, flow or tenant that an event is about, or undefined when there is nothing to do for it. */
export function keyOf(event: Event): string | undefined {
  const refused = refusedFires(event);
  if (refused !== undefined) return flowTurn(refused.flow);
  switch (event.type) {
    case 'ExecutionRequested':
    case 'ExecutionCancelRequested':
    case 'ExecutionSignaled':
    case 'ExecutionClosed':
      return event.data.executionId;
    case 'FlowCreated':
    case 'FlowDeleted':
    case 'FlowVersionPublished':
    case 'SchedulePaused':
    case 'ScheduleResumed':
    case 'ScheduleTriggered':
      return flowTurn({ ...event.meta, flowId: event.data.flowId });
    case 'TenantFenced':
      return `tenant/${event.meta.tenantId}`;
    case 'FlowUpdated':
    case 'ExecutionStarted':
    case 'TriggerStartRefused':
    case 'TriggerRecordSettled':
    case 'WebhookSecretRotated':
    case 'WebhookSecretsRewrapped':
    case 'TenantQuotasSet':
    case 'CommandDenied':
    case 'TenantDrained':
    case 'TenantPurged':
    case 'PurgeFailed':
    case 'CommandAcknowledged':
    case 'CommandStale':
    case 'CommandRejected':
      return undefined;
    default:
      return assertNever(event);
  }
}
