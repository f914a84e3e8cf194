import { decodeMessage, MAX_COMMAND_ATTEMPTS, type Command } from '@flowplane/contracts';
import { makeDirectReader, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { staleCommands } from '../read-model/index.js';
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
  const { logger, graceMs } = options;
  const closing = new AbortController();
  const round = async (): Promise<void> => {
    try {
      const sent = await sendLastAttempts(options, closing.signal);
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

/** @returns how many were sent */
async function sendLastAttempts({ log, ...options }: AbandonedOptions, signal: AbortSignal): Promise<number> {
  const { pool, kafka, topics } = options;
  let appended = 0;
  for (const { partition, eventOffset } of await staleCommands(pool, options.graceMs, PER_ROUND)) {
    if (signal.aborted) break;
    // The projection, which reads by the reader rule, has named this very record.
    const stale = decodeMessage(valueOf(await readAt(kafka, topics.events, partition, eventOffset)));
    if (stale.kind !== 'event' || stale.event.type !== 'CommandStale') continue;
    const { commandOffset } = stale.event.meta;
    const sent = decodeMessage(valueOf(await readAt(kafka, topics.commands, partition, commandOffset)));
    if (sent.kind !== 'command') continue;
    const { command } = sent;
    const last = { ...command, meta: { ...command.meta, attempt: MAX_COMMAND_ATTEMPTS } } as Command;
    if ((await appendCommand(log, last)) !== undefined) appended++;
  }
  return appended;
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
