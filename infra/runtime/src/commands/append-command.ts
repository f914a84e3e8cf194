import { encodeCommand, encodePosition, HEADER, partitionOf, traceHeader, type Command } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { AppendFault, type BatchProducer, type OutgoingRecord } from '@flowplane/plumbing/kafka';

/**
 * Largest command, as it is encoded. What is decided of it is a little larger and must fit a record of the events
 * topic (16 MiB) too, or its partition could never decide anything again.
 */
const MAX_COMMAND_BYTES = 15 * 1024 * 1024;

export type AppendPorts = {
  readonly producer: BatchProducer;
  readonly partitions: number;
  /** `ce_source` */ readonly source: string;
};

/**
 * Appends a command to its tenant's partition.
 *
 * @returns the position of the command's outcome; undefined when it is unknown whether the command stands in the log
 * @throws Refusal 503 LOG_UNAVAILABLE when it certainly does not; 413 PAYLOAD_TOO_LARGE
 */
export async function appendCommand(ports: AppendPorts, command: Command): Promise<string | undefined> {
  const value = encodeCommand(command);
  if (value.length > MAX_COMMAND_BYTES) throw refusal('PAYLOAD_TOO_LARGE');
  const partition = partitionOf(command.meta.tenantId, ports.partitions);
  try {
    const { offset } = await ports.producer.append(commandRecord(command, partition, value, ports.source));
    return encodePosition({ partition, offset: offset + 1 }, 'commands');
  } catch (cause) {
    if (!(cause instanceof AppendFault)) throw cause;
    // A later attempt of the same command: an earlier one stands in the log already.
    if (cause.details.appended === 'unknown' || command.meta.attempt > 1) return undefined;
    throw refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 });
  }
}

/** A command as it is appended. @param value the command, encoded @param source `ce_source` */
export function commandRecord(
  { meta, type }: Command,
  partition: number,
  value: Buffer,
  source: string,
): OutgoingRecord {
  const headers = {
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: meta.commandId,
    [HEADER.type]: type,
    [HEADER.source]: source,
    ...traceHeader(meta.traceparent),
  };
  return { partition, key: meta.tenantId, value, headers };
}
