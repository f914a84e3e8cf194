import type { LogRecord, OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { DeciderPorts } from './ports.js';

const DEAD_LETTERS_PARTITION = 0;
const MAX_HEADERS_KEPT = 40;

/** Puts a record of the commands topic that is no command with the dead letters, and says so loudly. @throws AppendFault */
export async function bury(ports: DeciderPorts, record: LogRecord, reason: string): Promise<void> {
  const { logger, topics, metrics } = ports;
  const { partition, offset } = record;
  logger.error({ partition, offset, reason }, 'a record among the commands is none: dead letter');
  await ports.deadLetters.append(deadLetter(topics.commands, record, reason));
  metrics.deadLetter();
}

/**
 * Key, value and headers as they were, with origin and reason. There is no outcome in the events topic, since such a
 * record names no command that could have one; after a takeover it may come twice, recognisable by its origin.
 */
function deadLetter(topic: string, record: LogRecord, reason: string): OutgoingRecord {
  return {
    partition: DEAD_LETTERS_PARTITION,
    key: record.key?.toString('utf8') ?? '',
    value: record.value ?? Buffer.alloc(0),
    headers: {
      ...Object.fromEntries(Object.entries(record.headers).slice(0, MAX_HEADERS_KEPT)),
      dlq_reason: reason,
      dlq_topic: topic,
      dlq_partition: String(record.partition),
      dlq_offset: String(record.offset),
      dlq_by: 'decider',
    },
  };
}
