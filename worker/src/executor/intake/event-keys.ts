import { assertNever, type Event } from '@flowplane/contracts';
import type { FlowScope } from '../schedules/desired-schedule.js';
import { templateTurn } from './template-runs.js';
import { refusedFires } from '../schedules/refused-fires.js';

/** Key under which what concerns a flow is done in the order of the log. */
export const flowTurn = ({ tenantId, workspaceId, flowId }: FlowScope): string =>
  `${tenantId}/${workspaceId}/${flowId}`;

/** Events that change nothing in the engine, unless they are of refused fires. A new type has to be added somewhere. */
const WITHOUT_EFFECT = [
  'FlowUpdated',
  'FlowVersionArchived',
  'ExecutionStarted',
  'TriggerStartRefused',
  'TriggerRecordSettled',
  'WebhookSecretRotated',
  'WebhookSecretsRewrapped',
  'TenantQuotasSet',
  'TemplateCreated',
  'TemplateUpdated',
  'TemplateDeleted',
  'ProvisioningNodeStarted',
  'ResourceCreated',
  'ResourceRemoved',
  'DeprovisioningFinished',
  'CommandDenied',
  'TenantDrained',
  'TenantPurged',
  'PurgeFailed',
  'TenantKeyChanged',
  'ConnectionPut',
  'ConnectionRemoved',
  'LlmModelsSet',
  'CommandAcknowledged',
  'CommandStale',
  'CommandRejected',
] as const satisfies readonly Event['type'][];
type EventWithoutEffect = Extract<Event, { readonly type: (typeof WITHOUT_EFFECT)[number] }>;
const TYPES_WITHOUT_EFFECT: ReadonlySet<Event['type']> = new Set(WITHOUT_EFFECT);

export const isWithoutEffect = (event: Event): event is EventWithoutEffect => TYPES_WITHOUT_EFFECT.has(event.type);

/** The run, flow or tenant that an event is about, or undefined when there is nothing to do for it. */
export function keyOf(event: Event): string | undefined {
  const refused = refusedFires(event);
  if (refused !== undefined) return flowTurn(refused.flow);
  if (isWithoutEffect(event)) return undefined;
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
    case 'ProvisioningRequested':
    case 'ProvisioningFinished':
    case 'DeprovisioningRequested':
      return templateTurn({ ...event.meta, templateId: event.data.templateId });
    case 'TenantFenced':
      return `tenant/${event.meta.tenantId}`;
    default:
      return assertNever(event);
  }
}
