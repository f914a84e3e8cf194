import {
  decodeMessage,
  MAX_COMMAND_BYTES,
  partitionOf,
  UnknownSchema,
  type Command,
  type LogMessage,
} from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { openSpan, type OpenSpan } from '@flowplane/plumbing/telemetry';
import { decideAt, type Decided } from '../domain/index.js';
import type { DeciderPorts } from './ports.js';
import { foldEvent, tenantOf, type PartitionFold } from './fold.js';

/** What becomes of one record of the commands topic. */
export type DecidedRecord =
  | ({ readonly kind: 'decided'; readonly command: Command } & Decided)
  /** No command of this partition: nothing can be recorded for it. */
  | { readonly kind: 'poison'; readonly reason: string }
  /** A newer release wrote it: nothing is decided here or behind it. */
  | { readonly kind: 'newer'; readonly cause: UnknownSchema };

type Deciding = Pick<DeciderPorts, 'quotas' | 'partitions' | 'memory'>;

/** Decides the command of a record on the fold's present state, and takes the outcome into it. */
export function decideRecord(fold: PartitionFold, record: LogRecord, ports: Deciding): DecidedRecord {
  const message = decode(record);
  if (message instanceof UnknownSchema) return { kind: 'newer', cause: message };
  if (message instanceof Error) return { kind: 'poison', reason: message.message };
  if (message.kind !== 'command') return { kind: 'poison', reason: `a ${message.kind} among the commands` };
  const { command } = message;
  const { tenantId } = command.meta;
  if (!fold.tenants.has(tenantId) && partitionOf(tenantId, ports.partitions) !== record.partition) {
    return { kind: 'poison', reason: 'a command in another partition than its tenant’s' };
  }
  const span = spanOf(command, record);
  const { offset, timestamp } = record;
  const context = { offset, timestamp, quotas: ports.quotas(tenantId), memory: ports.memory };
  const decided = decideAt(tenantOf(fold, tenantId), command, context);
  for (const event of decided.events) foldEvent(fold, event);
  span?.set({ 'flowplane.outcome': decided.decision.kind });
  span?.end();
  return { kind: 'decided', command, ...decided };
}

/** Only of what is traced anyway: thousands a second are not. */
function spanOf({ type, meta }: Command, { partition, offset }: LogRecord): OpenSpan | undefined {
  if (meta.traceparent === null) return undefined;
  const attributes = {
    'flowplane.correlation_id': meta.correlationId,
    'flowplane.command_id': meta.commandId,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
  };
  return openSpan({ name: `decide ${type}`, kind: 'consumer', parent: meta.traceparent, attributes });
}

function decode({ value }: LogRecord): LogMessage | Error {
  if (value === null) return new Error('a record without value');
  if (value.length > MAX_COMMAND_BYTES) return new Error(`a command of ${value.length} bytes`);
  try {
    return decodeMessage(value);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
