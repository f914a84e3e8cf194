import {
  encodeCommand,
  encodePosition,
  HEADER,
  MAX_COMMAND_BYTES,
  partitionOf,
  traceHeader,
  UnwritableMessage,
  type Command,
} from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { AppendFault, type BatchProducer, type OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { CommandRates } from '../quotas/index.js';
import { keepTrying } from '@flowplane/plumbing/periodic';

/** Where commands come from. */
export type CommandSender = {
  readonly partitions: number;
  /** `ce_source` */ readonly source: string;
};
export type AppendPorts = CommandSender & {
  readonly producer: Pick<BatchProducer, 'append'>;
  /** What the tenant may append; absent: not counted. */
  readonly rates?: Pick<CommandRates, 'charge'>;
};

export type CommandRecord = OutgoingRecord & { readonly value: Buffer };

/**
 * Appends a command to its tenant's partition.
 *
 * @returns the position of the command's outcome; undefined when it is unknown whether the command is in the log
 * @throws Refusal 503 LOG_UNAVAILABLE when it certainly is not; 413 PAYLOAD_TOO_LARGE; 429 QUOTA_EXCEEDED
 */
export async function appendCommand(ports: AppendPorts, command: Command): Promise<string | undefined> {
  return appendRecord(ports, command, commandRecord(command, ports));
}

/** As `appendCommand`, of a command whose record is made. */
export async function appendRecord(
  ports: AppendPorts,
  command: Command,
  record: CommandRecord,
): Promise<string | undefined> {
  ports.rates?.charge(command.meta.tenantId, record.value.length, command.meta.attempt);
  try {
    const { offset } = await ports.producer.append(record);
    return encodePosition({ partition: record.partition, offset: offset + 1 }, 'commands');
  } catch (cause) {
    if (!(cause instanceof AppendFault)) throw cause;
    // A later attempt of the same command: an earlier one is in the log already.
    if (cause.details.appended === 'unknown' || command.meta.attempt > 1) return undefined;
    throw refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 });
  }
}

/**
 * A command as it is appended; its partition is the tenant's. Every command of every service goes through here, so this
 * is where its size is bounded.
 *
 * @throws Refusal 413 PAYLOAD_TOO_LARGE, 503 UPGRADE_UNDER_WAY
 */
export function commandRecord(command: Command, { partitions, source }: CommandSender): CommandRecord {
  const { meta, type } = command;
  const headers = {
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: meta.commandId,
    [HEADER.type]: type,
    [HEADER.source]: source,
    ...traceHeader(meta.traceparent),
  };
  const value = encoded(command);
  if (value.length > MAX_COMMAND_BYTES) {
    const message = `The ${type} would be a record of ${value.length} bytes; at most ${MAX_COMMAND_BYTES} are taken.`;
    throw refusal('PAYLOAD_TOO_LARGE', { message });
  }
  return { partition: partitionOf(meta.tenantId, partitions), key: meta.tenantId, value, headers };
}

/** @throws Refusal 503 UPGRADE_UNDER_WAY where the release to write for (FLOWS_WRITE_AS) does not have the command */
function encoded(command: Command): Buffer {
  try {
    return encodeCommand(command);
  } catch (cause) {
    if (cause instanceof UnwritableMessage) throw refusal('UPGRADE_UNDER_WAY');
    throw cause;
  }
}

export type UntilAppended = {
  readonly signal: AbortSignal;
  /** Whether a fault may pass; default: every fault of an append. Others are thrown. */
  readonly mayPass?: (cause: unknown) => boolean;
  readonly onFault?: (cause: unknown) => void;
  /** The pause doubles from 50 ms up to this; default 2 s. */
  readonly longestPauseMs?: number;
};

/**
 * Repeats an append until it succeeds. What was appended in spite of a fault is then in the log twice, so this is only
 * for commands with ids made from what they report, of which the decider lets one count.
 *
 * @throws Abandoned on `signal`: whether the records are in the log is then unknown
 */
export function untilAppended<T>(append: () => Promise<T>, options: UntilAppended): Promise<T> {
  const { mayPass: isCurable = isAppendFault, longestPauseMs: maxMs = 2000, ...others } = options;
  return keepTrying(append, { ...others, isCurable, backoff: { firstMs: 50, maxMs } });
}

export const isAppendFault = (cause: unknown): cause is AppendFault => cause instanceof AppendFault;
