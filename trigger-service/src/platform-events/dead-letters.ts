import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '@flowplane/contracts';
import type { BatchProducer, LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { EventRegistration } from '@flowplane/runtime/read-model';

export type EventDeadLetters = {
  /**
   * Puts a record to the dead letters, again for as long as that fails.
   *
   * @returns false when `signal` ended it
   */
  readonly send: (letter: EventDeadLetter, signal: AbortSignal) => Promise<boolean>;
};
export type EventDeadLetter = {
  readonly registration: EventRegistration;
  readonly record: LogRecord;
  readonly problem: Problem;
};

const MAX_HEADERS_KEPT = 40;
const MAX_VALUE_BYTES = 15 * 1024 * 1024;
const PAUSE_MS = 500;

export function makeEventDeadLetters(producer: BatchProducer, logger: Logger): EventDeadLetters {
  return {
    send: async ({ registration, record, problem }, signal) => {
      const { tenantId, workspaceId, triggerId, topic } = registration;
      const { partition, offset } = record;
      const origin = { tenantId, workspaceId, triggerId, topic, partition, offset };
      logger.warn({ alert: 'dead-letter', ...origin, code: problem.code }, 'a platform event goes to the dead letters');
      const isTooLarge = (record.value?.length ?? 0) > MAX_VALUE_BYTES;
      const letter = {
        partition: 0,
        key: record.key?.toString('utf8') ?? null,
        value: isTooLarge || record.value === null ? Buffer.alloc(0) : record.value,
        headers: {
          ...Object.fromEntries(Object.entries(record.headers).slice(0, MAX_HEADERS_KEPT)),
          'x-dlq-reason': `${problem.code}: ${problem.message}`.slice(0, 1000),
          'x-dlq-consumer': 'platform-events',
          'x-dlq-trigger': triggerId,
          'x-dlq-tenant': tenantId,
          'x-dlq-workspace': workspaceId,
          'x-dlq-origin-topic': topic,
          'x-dlq-origin-partition': String(partition),
          'x-dlq-origin-offset': String(offset),
        },
      };
      while (!signal.aborted) {
        try {
          await producer.append(letter);
          return true;
        } catch (err) {
          logger.warn({ ...origin, err }, 'the dead letters cannot be written; trying again');
          await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
        }
      }
      return false;
    },
  };
}
