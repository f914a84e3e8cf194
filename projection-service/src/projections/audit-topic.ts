import { partitionOf, type Event } from '@flowplane/contracts';
import type { BatchProducer, KafkaClient, OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import { NEVER_AUDITED } from '../domain/audit-entry.js';
import { auditRecord } from '../domain/audit-record.js';
import { folded, type Projection } from '../runner/projection.js';
import { openEventSource } from './event-source.js';

export const AUDIT_TOPIC = 'audit-topic';

/** Small, so that publishing never holds up the read models for long. */
const MAX_FETCH_BYTES = 256 * 1024;

/**
 * Events → the audit topic. The records are appended inside the transaction that moves the progress, hence at least
 * once, in order, and by one process per partition at a time.
 */
export function auditTopicProjection(
  kafka: KafkaClient,
  eventsTopic: string,
  producer: BatchProducer,
  partitions: number,
  onNewer: StopAtNewer,
): Projection<Event> {
  return {
    name: AUDIT_TOPIC,
    causeOf: (event) => event.meta.traceparent,
    openSource: () =>
      openEventSource(kafka, eventsTopic, { maxBytes: MAX_FETCH_BYTES, without: NEVER_AUDITED, onNewer }),
    work: (batch) => ({
      reads: [],
      writesFrom: async () => {
        const records = folded(() => batch.flatMap(({ message }) => outgoing(message, partitions)));
        if (records.length > 0) await producer.appendAll(records);
        return [];
      },
    }),
  };
}

function outgoing(event: Event, partitions: number): readonly OutgoingRecord[] {
  const record = auditRecord(event);
  if (record === undefined) return [];
  const { key, value, headers } = record;
  return [{ partition: partitionOf(key, partitions), key, value: Buffer.from(value, 'utf8'), headers }];
}
