import type { BatchProducer, LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Counter } from '@flowplane/plumbing/telemetry';

/** What could not be processed, on its way to the dead-letter topic. */
export type DeadLetter = {
  readonly projection: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** The record's own value where it is at hand; otherwise origin topic, partition and offset lead to it. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
};

/** A foreign record may have more headers than one of ours, and a message is larger as JSON than it was in the log. */
const MAX_HEADERS_KEPT = 40;
const MAX_VALUE_BYTES = 15 * 1024 * 1024;

const keptValue = (value: Buffer | null): Buffer =>
  value === null || value.length > MAX_VALUE_BYTES ? Buffer.alloc(0) : value;

export type DeadLetters = { readonly send: (letters: readonly DeadLetter[]) => Promise<void> };

export const ofRecord = (projection: string, topic: string, record: LogRecord, cause: unknown): DeadLetter => ({
  projection,
  topic,
  partition: record.partition,
  offset: record.offset,
  key: record.key?.toString('utf8') ?? '',
  value: record.value,
  headers: record.headers,
  reason: reasonOf(cause),
});

export function reasonOf(cause: unknown): string {
  const parts: string[] = [];
  for (let error = cause; error instanceof Error && parts.length < 4; error = error.cause) parts.push(error.message);
  return (parts.length === 0 ? String(cause) : parts.join(': ')).slice(0, 1000);
}

/**
 * Sends poison records to the dead-letter topic, with an alert in the log and a metric. Resolves when they stand there;
 * only then does a projection go on. At least once: a batch that is tried again sends them again.
 */
export function makeDeadLetters(producer: BatchProducer, logger: Logger, counter: Counter<'projection'>): DeadLetters {
  return {
    send: async (letters) => {
      for (const letter of letters) {
        const { projection, topic, partition, offset, reason } = letter;
        logger.error(
          { alert: 'dead-letter', projection, topic, partition, offset, reason },
          'a record cannot be projected and goes to the dead letters',
        );
        counter.inc({ projection });
        await producer.append({
          partition: 0,
          key: letter.key,
          value: keptValue(letter.value),
          headers: {
            ...Object.fromEntries(Object.entries(letter.headers).slice(0, MAX_HEADERS_KEPT)),
            'x-dlq-reason': reason,
            'x-dlq-consumer': `projection-${projection}`,
            'x-dlq-origin-topic': topic,
            'x-dlq-origin-partition': String(partition),
            'x-dlq-origin-offset': String(offset),
          },
        });
      }
    },
  };
}
