import { decodeMessage, encodeCommand, type Command } from '@flowplane/contracts';
import { makeDirectReader, type BatchProducer, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import { commandRecord } from '@flowplane/runtime/commands';
import { MAX_ATTEMPTS } from './follow-publish.js';

/** Commands looked after in one round; the next round goes on. */
const PER_ROUND = 100;
const READ_DEADLINE_MS = 10_000;

const ABANDONED = `
  SELECT partition, position_offset - 1 AS event_offset FROM flows.commands
   WHERE status = 'pending' AND decided_at < now() - $1 * interval '1 ms'
   ORDER BY decided_at LIMIT ${PER_ROUND}`;

export type AbandonedCommands = { readonly close: () => Promise<void> };

export type AbandonedOptions = {
  readonly kafka: KafkaClient;
  readonly topics: { readonly commands: string; readonly events: string };
  readonly pool: Pool;
  readonly producer: BatchProducer;
  /** `ce_source` of what is sent again. */
  readonly source: string;
  /** How long the shell that sent a stale attempt is left to send the next. */
  readonly graceMs: number;
  readonly logger: Logger;
};

/**
 * Brings stale commands to an outcome whose shell has died: sends them once more as they were, as the last attempt,
 * which is never stale. Several shells may do so at once, and the one thought dead as well: the decider lets one
 * attempt count.
 */
export function lookAfterAbandoned(options: AbandonedOptions): AbandonedCommands {
  const { logger } = options;
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      const settled = await settleAbandoned(options, () => closed);
      if (settled > 0) logger.warn({ settled }, 'stale commands whose shell is gone were brought to an end');
    } catch (cause) {
      logger.warn({ err: cause }, 'stale commands could not be looked after; trying again');
    }
  };
  const next = (): void => {
    if (closed) return;
    timer = setTimeout(() => {
      running = round().finally(next);
    }, options.graceMs / 2);
    timer.unref();
  };
  running = round().finally(next);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function settleAbandoned(options: AbandonedOptions, isClosed: () => boolean): Promise<number> {
  const { pool, kafka, topics, producer } = options;
  const { rows } = await pool.query<{ partition: number; event_offset: string }>(ABANDONED, [options.graceMs]);
  let settled = 0;
  for (const { partition, event_offset } of rows) {
    if (isClosed()) return settled;
    // The projection, which reads by the reader rule, has named this very record.
    const stale = decodeMessage(valueOf(await readAt(kafka, topics.events, partition, Number(event_offset))));
    if (stale.kind !== 'event' || stale.event.type !== 'CommandStale') continue;
    const { commandOffset } = stale.event.meta;
    const sent = decodeMessage(valueOf(await readAt(kafka, topics.commands, partition, commandOffset)));
    if (sent.kind !== 'command') continue;
    const { command } = sent;
    const last = { ...command, meta: { ...command.meta, attempt: MAX_ATTEMPTS } } as Command;
    await producer.append(commandRecord(last, partition, encodeCommand(last), options.source));
    settled++;
  }
  return settled;
}

function valueOf({ value, offset }: LogRecord): Buffer {
  if (value === null) throw new Error(`the record at offset ${offset} has no value`);
  return value;
}

/** @throws OffsetOutOfRange when the record is gone, Error when it does not come in time */
async function readAt(kafka: KafkaClient, topic: string, partition: number, offset: number): Promise<LogRecord> {
  const reader = makeDirectReader(kafka, { topic });
  const deadline = Date.now() + READ_DEADLINE_MS;
  try {
    reader.assign(new Map([[partition, offset]]));
    while (Date.now() < deadline) {
      const found = (await reader.poll(500)).find((record) => record.offset === offset);
      if (found !== undefined) return found;
    }
    throw new Error(`no record at offset ${offset} of ${topic}[${partition}]`);
  } finally {
    await reader.close();
  }
}
