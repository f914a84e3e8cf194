import { traceHeader, type Event } from '@flowplane/contracts';
import { auditEntry, isOnTopic } from './audit-entry.js';
import { isoTime } from '@flowplane/contracts/read-model';

/** A record of the audit topic: CloudEvents 1.0, binary mode (flows-api 13.1). */
export type AuditRecord = {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
};

const SOURCE = 'flowplane/audit';

/**
 * The audit record of an event: the same for ever, with the event's own id, so that a repeat can be recognised.
 *
 * @returns undefined when the topic has nothing of the event.
 */
export function auditRecord(event: Event): AuditRecord | undefined {
  const entry = auditEntry(event);
  if (entry === undefined || !isOnTopic(entry)) return undefined;
  const { meta } = event;
  const occurredAt = isoTime(meta.occurredAt);
  const value = {
    eventType: entry.eventType,
    category: 'flows',
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    actorId: meta.actorId,
    flowId: entry.flowId,
    flowVersion: entry.flowVersion,
    executionId: entry.executionId,
    triggerType: entry.triggerType,
    ...(entry.onBehalfOf === null ? {} : { onBehalfOf: entry.onBehalfOf }),
    ...(entry.comment === null ? {} : { comment: entry.comment }),
    correlationId: meta.correlationId,
    occurredAt,
  };
  return {
    key: meta.tenantId,
    value: JSON.stringify(value),
    headers: {
      ce_specversion: '1.0',
      ce_id: meta.eventId,
      ce_source: SOURCE,
      ce_type: entry.eventType,
      ce_time: occurredAt,
      'content-type': 'application/json',
      ...traceHeader(meta.traceparent),
    },
  };
}
