import { decodeMessage, MAX_COMMAND_ATTEMPTS, type Command } from '@flowplane/contracts';
import { makeDirectReader, OffsetOutOfRange, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { staleCommands } from '../read-model/index.js';
import { makeAbandonedRound, RecordGone } from './abandoned-round.js';
import { appendCommand, type AppendPorts } from './append-command.js';

/** Commands looked after in one round; the next round goes on. */
const PER_ROUND = 100;
const READ_DEADLINE_MS = 10_000;

export type AbandonedOptions = {
  readonly kafka: KafkaClient;
  readonly topics: { readonly commands: string; readonly events: string };
  readonly log: AppendPorts;
  /** Of the read models. */
  readonly pool: Pool;
  /** How long the process that sent a stale attempt is left to send the next. */
  readonly graceMs: number;
  readonly logger: Logger;
};

/**
 * Brings stale commands to an outcome whose sender has died: now and in every half of the grace it sends them once more
 * as they were, as the last attempt, which is never stale (ADR 28). Several processes may do so at once, and the sender
 * that was thought dead as well: the decider lets one attempt count.
 */
export function endAbandonedCommands(options: AbandonedOptions): { readonly close: () => Promise<void> } {
  const { logger, graceMs, kafka, topics } = options;
  const closing = new AbortController();
  const sendLastAttempts = makeAbandonedRound({
    stale: (but) => staleCommands(options.pool, graceMs, PER_ROUND, but),
    commandOffset: async (partition, offset) => {
      // The projection, which reads by the reader rule, has named this very record.
      const stale = decodeMessage(await valueAt(kafka, topics.events, partition, offset));
      if (stale.kind === 'event' && stale.event.type === 'CommandStale') return stale.event.meta.commandOffset;
      throw new RecordGone(`the record at offset ${offset} of ${topics.events}[${partition}] is no stale command`);
    },
    command: async (partition, offset) => {
      const sent = decodeMessage(await valueAt(kafka, topics.commands, partition, offset));
      if (sent.kind === 'command') return sent.command;
      throw new RecordGone(`the record at offset ${offset} of ${topics.commands}[${partition}] is no command`);
    },
    append: async (command) => {
      const last = { ...command, meta: { ...command.meta, attempt: MAX_COMMAND_ATTEMPTS } } as Command;
      return (await appendCommand(options.log, last)) !== undefined;
    },
    logger,
  });
  const round = async (): Promise<void> => {
    try {
      const sent = await sendLastAttempts(closing.signal);
      if (sent > 0) logger.warn({ sent }, 'stale commands whose sender is gone were brought to an end');
    } catch (err) {
      logger.warn({ err }, 'stale commands could not be looked after; trying again');
    }
  };
  const first = round();
  const rounds = startPeriodic({ intervalMs: graceMs / 2, work: () => first.then(round), onFault: () => undefined });
  return {
    close: async () => {
      closing.abort();
      await Promise.all([first, rounds.close()]);
    },
  };
}

/** @throws RecordGone when the record is not kept any more, Error when it does not come in time */
async function valueAt(kafka: KafkaClient, topic: string, partition: number, offset: number): Promise<Buffer> {
  const { value } = await readAt(kafka, topic, partition, offset).catch((cause: unknown) => {
    if (cause instanceof OffsetOutOfRange) throw new RecordGone(cause.message);
    throw cause;
  });
  if (value === null) throw new RecordGone(`the record at offset ${offset} of ${topic}[${partition}] has no value`);
  return value;
}

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
