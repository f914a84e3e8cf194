import { assertNever } from '../assert-never.js';
import { parseExecutionId } from '../ids/index.js';
import type {
  CommandAcknowledged,
  ConnectionPut,
  EncryptedSecret,
  Event,
  ExecutionRequested,
  FlowVersionPublished,
  Problem,
  TemplateCreated,
  TemplateUpdated,
} from '../log/messages/index.js';
import { problem, problemBody } from '../problems/index.js';
import { deletedAnswer } from '../templates/deleted-answer.js';
import { detailOf } from '../triggers/index.js';

/** The recorded outcome of a command as a client gets it, synchronously or from the command resource. */
export type CommandOutcome =
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly error: Record<string, unknown> }
  | {
      readonly status: 'accepted';
      readonly httpStatus: number;
      readonly result: Record<string, unknown>;
      /** Webhook secrets whose plain text replaces the null in `result`, for a caller that may see it. */
      readonly secrets?: readonly SealedSecret[];
    }
  /** Accepted; the body is the flow resource as of this command, which only the read model can complete. */
  | { readonly status: 'accepted'; readonly httpStatus: number; readonly flowId: string }
  /** Accepted; the body is the flow's schedule as of this command, which only the read model has. */
  | { readonly status: 'accepted'; readonly httpStatus: number; readonly scheduleOf: string }
  /** A repeat under an Idempotency-Key: the outcome is that of the named command. */
  | { readonly status: 'replay'; readonly originalCommandId: string }
  /** Nothing is decided yet: the shell sends the next attempt. */
  | { readonly status: 'stale' };

export type SealedSecret = { readonly triggerId: string; readonly secret: EncryptedSecret };

/**
 * Outcome of a command from the first event it caused.
 *
 * @param event the event with `index` 0 of the command
 */
export function commandOutcome(event: Event): CommandOutcome {
  switch (event.type) {
    case 'CommandRejected':
    case 'CommandDenied':
    case 'TriggerStartRefused':
      return rejected(event.data.problem);
    case 'CommandStale':
      return { status: 'stale' };
    case 'CommandAcknowledged':
      return acknowledged(event);
    case 'FlowCreated':
      return { status: 'accepted', httpStatus: 201, flowId: event.data.flowId };
    case 'FlowUpdated':
      return { status: 'accepted', httpStatus: 200, flowId: event.data.flowId };
    case 'FlowDeleted':
    case 'FlowVersionArchived':
      return { status: 'accepted', httpStatus: 200, result: { removed: true } };
    case 'ConnectionRemoved':
      return { status: 'accepted', httpStatus: 200, result: { removed: true } };
    case 'ConnectionPut':
      return { status: 'accepted', httpStatus: event.data.version === 1 ? 201 : 200, result: connectionOf(event) };
    case 'FlowVersionPublished':
      return published(event);
    case 'ExecutionRequested':
      return requested(event);
    case 'ExecutionSignaled': {
      const { executionId, signalName } = event.data;
      const result = { ...executionRef(executionId), signal: signalName, delivered: true };
      return { status: 'accepted', httpStatus: 202, result };
    }
    case 'ExecutionCancelRequested':
    case 'ExecutionClosed':
    case 'ExecutionStarted':
      return { status: 'accepted', httpStatus: 202, result: cancelling(event.data.executionId) };
    case 'WebhookSecretRotated': {
      const { triggerId, secret, previousValidUntil } = event.data;
      const result = { triggerId, secret: null, previousValidUntil: isoOrNull(previousValidUntil) };
      return { status: 'accepted', httpStatus: 201, result, secrets: [{ triggerId, secret }] };
    }
    case 'SchedulePaused':
    case 'ScheduleResumed':
      return { status: 'accepted', httpStatus: 200, scheduleOf: event.data.flowId };
    case 'ScheduleTriggered': {
      const { tenantId, workspaceId } = event.meta;
      const result = { status: 'triggered', scheduleId: `${tenantId}:${workspaceId}:${event.data.flowId}` };
      return { status: 'accepted', httpStatus: 202, result };
    }
    case 'TenantQuotasSet': {
      const quotas = event.data.inForce.map(({ dimension, limit, grace }) => [dimension, { limit, grace }]);
      return { status: 'accepted', httpStatus: 200, result: Object.fromEntries(quotas) as Record<string, unknown> };
    }
    case 'LlmModelsSet':
      return { status: 'accepted', httpStatus: 200, result: event.data };
    case 'TemplateCreated':
    case 'TemplateUpdated':
      return storedTemplate(event);
    case 'ProvisioningRequested':
      return { status: 'accepted', httpStatus: 202, result: ofTemplate(event) };
    case 'TemplateDeleted': {
      const { templateId, existed, templateRevision } = event.data;
      return {
        status: 'accepted',
        httpStatus: 200,
        result: deletedAnswer(templateId, existed ? templateRevision : undefined),
      };
    }
    case 'DeprovisioningRequested':
      return { status: 'accepted', httpStatus: 200, result: ofTemplate(event) };
    case 'ProvisioningNodeStarted':
    case 'ResourceCreated':
    case 'ResourceRemoved':
    case 'ProvisioningFinished':
    case 'DeprovisioningFinished':
    case 'TriggerRecordSettled':
    case 'WebhookSecretsRewrapped':
    case 'TenantFenced':
    case 'TenantDrained':
    case 'TenantPurged':
    case 'PurgeFailed':
    case 'TenantKeyChanged':
      return { status: 'accepted', httpStatus: 200, result: {} };
    default:
      return assertNever(event);
  }
}

/** What a read of it shows (tasks 9.2). */
function connectionOf({ data }: ConnectionPut): Record<string, unknown> {
  const { name, kind, version, fingerprint, createdAt, rotatedAt, rotatedBy } = data;
  return {
    ...{ name, kind, endpoint: JSON.parse(data.endpoint) as unknown, version, fingerprint },
    ...{ createdAt: isoOrNull(createdAt), rotatedAt: isoOrNull(rotatedAt), rotatedBy },
  };
}

/** Names as the provisioning surface has them (provisioning 1.1). */
const ofTemplate = ({ data }: { readonly data: { readonly templateId: string } }) => ({ workflow_id: data.templateId });

/** Stored, and provisioned where that was asked for. Where it was refused the template is stored, and this says so. */
function storedTemplate(event: TemplateCreated | TemplateUpdated): CommandOutcome {
  const { executionId, notProvisioned } = event.data;
  const result = ofTemplate(event);
  if (notProvisioned !== null) {
    const { status: httpStatus, message: error } = notProvisioned;
    return { status: 'accepted', httpStatus, result: { ...result, error } };
  }
  return { status: 'accepted', httpStatus: executionId === null ? 201 : 202, result };
}

const rejected = (refusal: Problem): CommandOutcome => ({
  status: 'rejected',
  httpStatus: refusal.status,
  error: problemBody(refusal),
});

function requested({ meta, data }: ExecutionRequested): CommandOutcome {
  const { executionId, version, retriedFrom } = data;
  if (data.triggerType === 'webhook') {
    return { status: 'accepted', httpStatus: 202, result: delivered(executionId, false) };
  }
  const runId = parseExecutionId(executionId)?.runId ?? null;
  const origin = meta.commandType === 'RetryExecution' ? { retriedFrom } : {};
  const result = { ...executionRef(executionId), runId, version, status: 'Pending', ...origin };
  return { status: 'accepted', httpStatus: 201, result };
}

/** Triggers that could not be registered leave the version published, and say so (flows-api 5, publish). */
function published({ meta, data }: FlowVersionPublished): CommandOutcome {
  const registrations = data.triggers.map((one) => ({ triggerId: one.triggerId, detail: detailOf(one) }));
  if (registrations.some(({ detail }) => detail.failed === true)) {
    const failed = problem('TRIGGER_REGISTRATION_FAILED');
    return { status: 'accepted', httpStatus: failed.status, result: problemBody(failed) };
  }
  const { flowId, version } = data;
  const createdAt = new Date(meta.occurredAt).toISOString();
  const cron = new Set(registrations.flatMap(({ triggerId, detail }) => (detail.kind === 'cron' ? [triggerId] : [])));
  const secrets = registrations.flatMap(({ triggerId, detail }) =>
    detail.kind === 'webhook' && detail.secret !== null ? [{ triggerId, secret: detail.secret }] : [],
  );
  const triggers = {
    cron: [...cron],
    webhooks: registrations.flatMap(({ triggerId, detail }) =>
      detail.kind === 'webhook' ? [{ triggerId, secret: null }] : [],
    ),
    events: registrations.flatMap(({ triggerId, detail }) =>
      detail.kind === 'platform-event' ? [{ triggerId, topicRef: detail.topic }] : [],
    ),
  };
  return { status: 'accepted', httpStatus: 201, result: { flowId, version, createdAt, triggers }, secrets };
}

const isoOrNull = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
const delivered = (executionId: string | null, deduplicated: boolean) => ({
  accepted: true,
  executionId,
  deduplicated,
});
const executionRef = (executionId: string) => ({ executionId, workflowId: executionId });
const cancelling = (executionId: string) => ({ ...executionRef(executionId), status: 'Cancelling' });

function acknowledged({ meta, data }: CommandAcknowledged): CommandOutcome {
  const { reason, originalCommandId, executionId } = data;
  if (reason === 'duplicate') return { status: 'accepted', httpStatus: 202, result: delivered(executionId, true) };
  if (originalCommandId !== null) return { status: 'replay', originalCommandId };
  if (executionId === null) return { status: 'accepted', httpStatus: 202, result: {} };
  // The run that is under way: as of the request that began it.
  const result = { workflow_id: parseExecutionId(executionId)?.flowId };
  if (meta.commandType === 'DeprovisionTemplate') return { status: 'accepted', httpStatus: 200, result };
  if (meta.commandType === 'ProvisionTemplate') return { status: 'accepted', httpStatus: 202, result };
  return { status: 'accepted', httpStatus: 202, result: cancelling(executionId) };
}
