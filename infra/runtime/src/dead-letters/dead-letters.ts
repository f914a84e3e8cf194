import { beginningOf } from '@flowplane/contracts/json/beginning-of';
import { makeBatchProducer, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Metrics } from '@flowplane/plumbing/telemetry';

/** What could not be processed, on its way to the topic of dead letters. */
export type DeadLetter = {
  /** Who could not process it: `decider`, `executor`, `projection-<name>`, `platform-events`, `webhooks`. */
  readonly consumer: string;
  /** Why: a sentence, or an error whose messages and causes become one. */
  readonly reason: unknown;
  /** Kept as they were: a value over 15 MiB and headers beyond 40 are left out; the origin leads to them. */
  readonly record: Pick<LogRecord, 'key' | 'value' | 'headers'>;
  /** Where the record stands, the id of the delivery that brought it, or the run it should have told of. */
  readonly origin:
    | { readonly topic: string; readonly partition: number; readonly offset: number }
    | { readonly delivery: string }
    | { readonly run: string };
  /** Set where the record was for a trigger. */
  readonly trigger?: { readonly tenantId: string; readonly workspaceId: string; readonly triggerId: string };
};

export type DeadLetters = {
  /**
   * Writes letters, and raises an alert for each: an error line in the log and a count. Resolves when they stand in the
   * topic. At least once: who tries again after a fault writes some of them twice.
   *
   * @throws AppendFault
   */
  readonly send: (letters: readonly DeadLetter[]) => Promise<void>;
};

const PARTITION = 0;
const MAX_HEADERS = 40;
/** A message is larger as JSON than it was in the log. */
const MAX_VALUE_BYTES = 15 * 1024 * 1024;
const MAX_REASON_LENGTH = 1000;
const MAX_CAUSES = 4;

/** The one writer of dead letters; once a process, since its metric is registered once. */
export function openDeadLetters(options: {
  readonly kafka: KafkaClient;
  readonly topic: string;
  readonly logger: Pick<Logger, 'error'>;
  readonly metrics: Metrics;
}): DeadLetters & { readonly close: () => Promise<void> } {
  const { kafka, topic, logger, metrics } = options;
  const producer = makeBatchProducer(kafka, { topic });
  const counter = metrics.counter({
    name: 'flows_dead_letters_total',
    help: 'Records and deliveries that could not be processed, by who could not.',
    labels: ['consumer'],
  });
  return {
    send: async (letters) => {
      for (const letter of letters) {
        const { consumer, record, origin, trigger } = letter;
        const reason = reasonOf(letter.reason);
        const value = record.value === null || record.value.length > MAX_VALUE_BYTES ? Buffer.alloc(0) : record.value;
        const key = record.key?.toString('utf8') ?? null;
        await producer.append({ partition: PARTITION, key, value, headers: headersOf(letter, reason) });
        logger.error({ alert: 'dead-letter', consumer, ...origin, ...trigger, reason }, 'a dead letter was written');
        counter.inc({ consumer });
      }
    },
    close: producer.close,
  };
}

const headersOf = (
  { consumer, record, origin, trigger }: DeadLetter,
  reason: string,
): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(record.headers).slice(0, MAX_HEADERS)),
  'x-dlq-reason': reason,
  'x-dlq-consumer': consumer,
  ...(trigger === undefined
    ? {}
    : {
        'x-dlq-trigger': trigger.triggerId,
        'x-dlq-tenant': trigger.tenantId,
        'x-dlq-workspace': trigger.workspaceId,
      }),
  ...originHeaders(origin),
});

function originHeaders(origin: DeadLetter['origin']): Readonly<Record<string, string>> {
  if ('delivery' in origin) return { 'x-dlq-delivery': origin.delivery };
  if ('run' in origin) return { 'x-dlq-run': origin.run };
  return {
    'x-dlq-origin-topic': origin.topic,
    'x-dlq-origin-partition': String(origin.partition),
    'x-dlq-origin-offset': String(origin.offset),
  };
}

function reasonOf(cause: unknown): string {
  const parts: string[] = [];
  for (let error = cause; error instanceof Error && parts.length < MAX_CAUSES; error = error.cause) {
    parts.push(error.message);
  }
  return beginningOf(parts.length === 0 ? String(cause) : parts.join(': '), MAX_REASON_LENGTH);
}
