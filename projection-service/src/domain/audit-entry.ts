import type { Event } from '@flowplane/contracts';

/** The changes that the audit view has and the audit topic, with its eight, does not (flows-api 13.2). */
const ONLY_IN_VIEW = [
  ...(['flow.version_archived', 'connection.put', 'connection.removed'] as const),
  ...(['template.created', 'template.updated', 'template.deleted'] as const),
  ...(['template.provisioned', 'template.deprovisioned'] as const),
] as const;

/** The audited changes (flows-api 13.1, 13.2). */
export type AuditEventType =
  | (typeof ONLY_IN_VIEW)[number]
  | 'flow.definition_created'
  | 'flow.definition_updated'
  | 'flow.version_published'
  | 'flow.definition_deleted'
  | 'flow.execution_started'
  | 'flow.execution_cancelled'
  | 'flow.execution_retry'
  | 'flow.signal_sent';

/** What an audited event is about; null where a member does not apply. */
export type AuditEntry = {
  readonly eventType: AuditEventType;
  readonly flowId: string | null;
  readonly flowVersion: string | null;
  readonly executionId: string | null;
  readonly triggerType: string | null;
  /** Whom the sender of a signal says to act for; null on everything else. */
  readonly onBehalfOf: string | null;
  /** What was said with a decision. */
  readonly comment: string | null;
  /** Of a change to a connection; its secret and its fingerprint are nothing for an audit. */
  readonly connectionName: string | null;
};

/** Whether the audit topic has it as well. */
export const isOnTopic = ({ eventType }: AuditEntry): boolean => !ONLY_IN_VIEW.some((type) => type === eventType);

/** Types of events of which none is audited. */
export const NEVER_AUDITED: ReadonlySet<Event['type']> = new Set([
  'ExecutionStarted',
  'CommandAcknowledged',
  'CommandStale',
  'CommandRejected',
]);

/** @returns undefined for an event that changes nothing an auditor asks for. */
export function auditEntry(event: Event): AuditEntry | undefined {
  switch (event.type) {
    case 'FlowCreated':
      return ofFlow('flow.definition_created', event.data.flowId);
    case 'FlowUpdated':
      return ofFlow('flow.definition_updated', event.data.flowId);
    case 'FlowDeleted':
      return ofFlow('flow.definition_deleted', event.data.flowId);
    case 'FlowVersionPublished': {
      const { flowId, version } = event.data;
      return { ...ofFlow('flow.version_published', flowId), flowVersion: String(version) };
    }
    case 'FlowVersionArchived': {
      const { flowId, version } = event.data;
      return { ...ofFlow('flow.version_archived', flowId), flowVersion: String(version) };
    }
    case 'ExecutionRequested':
      return event.data.retriedFrom === null
        ? { ...ofRun('flow.execution_started', event.data), triggerType: event.data.triggerType }
        : ofRun('flow.execution_retry', event.data);
    case 'ExecutionCancelRequested':
      return ofRun('flow.execution_cancelled', event.data);
    case 'ExecutionSignaled': {
      const { onBehalfOf, comment } = event.data;
      return { ...ofRun('flow.signal_sent', event.data), onBehalfOf, comment };
    }
    case 'ExecutionClosed': {
      // A run that was still pending is closed by the cancel itself.
      const isCancel = event.meta.commandType === 'CancelExecution' && event.meta.index === 0;
      return isCancel ? ofRun('flow.execution_cancelled', event.data) : undefined;
    }
    case 'ConnectionPut':
      return { ...ofFlow('connection.put', null), connectionName: event.data.name };
    case 'ConnectionRemoved':
      return { ...ofFlow('connection.removed', null), connectionName: event.data.name };
    case 'TemplateCreated':
      return ofFlow('template.created', event.data.templateId);
    case 'TemplateUpdated':
      return ofFlow('template.updated', event.data.templateId);
    case 'TemplateDeleted':
      return ofFlow('template.deleted', event.data.templateId);
    case 'ProvisioningRequested':
      return ofTemplateRun('template.provisioned', event.data);
    case 'DeprovisioningRequested':
      // The end of a run asks for another one: nobody else did.
      if (event.meta.commandType === 'RecordDeprovisioningFinished') return undefined;
      return ofTemplateRun('template.deprovisioned', event.data);
    case 'ExecutionStarted':
    case 'TriggerStartRefused':
    case 'TriggerRecordSettled':
    case 'WebhookSecretRotated':
    case 'WebhookSecretsRewrapped':
    case 'SchedulePaused':
    case 'ScheduleResumed':
    case 'ScheduleTriggered':
    case 'TenantQuotasSet':
    case 'LlmModelsSet':
    case 'ProvisioningNodeStarted':
    case 'ResourceCreated':
    case 'ResourceRemoved':
    case 'ProvisioningFinished':
    case 'DeprovisioningFinished':
    case 'CommandDenied':
    case 'TenantFenced':
    case 'TenantDrained':
    case 'TenantPurged':
    case 'PurgeFailed':
    case 'TenantKeyChanged':
    case 'CommandAcknowledged':
    case 'CommandStale':
    case 'CommandRejected':
      return undefined;
  }
}

const ofFlow = (eventType: AuditEventType, flowId: string | null): AuditEntry => ({
  eventType,
  flowId,
  flowVersion: null,
  executionId: null,
  triggerType: null,
  onBehalfOf: null,
  comment: null,
  connectionName: null,
});

type RunRef = { readonly flowId: string; readonly executionId: string; readonly version: number };

const ofRun = (eventType: AuditEventType, { flowId, executionId, version }: RunRef): AuditEntry => ({
  ...ofFlow(eventType, flowId),
  flowVersion: String(version),
  executionId,
});

/** A template stands where flows have theirs. */
const ofTemplateRun = (
  eventType: AuditEventType,
  { templateId, executionId }: { readonly templateId: string; readonly executionId: string },
): AuditEntry => ({ ...ofFlow(eventType, templateId), executionId });
