import {
  canWriteEvent,
  decodeMessage,
  encodeEvent,
  MAX_COMMAND_BYTES,
  partitionOf,
  problem,
  UnknownSchema,
  type Command,
  type LogMessage,
  type Problem,
} from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { openSpan, type OpenSpan } from '@flowplane/plumbing/telemetry';
import { decideAt, refused, toEvents, type Decided } from '../domain/index.js';
import type { DeciderPorts } from './ports.js';
import { foldEvent, tenantOf, type PartitionFold } from './fold.js';

/** What becomes of one record of the commands topic. */
export type DecidedRecord =
  | ({ readonly kind: 'decided'; readonly command: Command } & Decided)
  /** No command of this partition: nothing can be recorded for it. */
  | { readonly kind: 'poison'; readonly reason: string }
  /** A newer release wrote it: nothing is decided here or behind it. */
  | { readonly kind: 'newer'; readonly cause: UnknownSchema };

type Deciding = Pick<DeciderPorts, 'quotas' | 'partitions' | 'memory' | 'clock'>;

/**
 * Decides the command of a record on the fold's present state, and takes the outcome into it. What can be decoded and
 * cannot be taken is refused, so that who waits for it gets an answer.
 */
export function decideRecord(fold: PartitionFold, record: LogRecord, ports: Deciding): DecidedRecord {
  const message = decode(record);
  if (message instanceof UnknownSchema) return { kind: 'newer', cause: message };
  if (message instanceof Error) return { kind: 'poison', reason: message.message };
  if (message.kind !== 'command') return { kind: 'poison', reason: `a ${message.kind} among the commands` };
  const { command } = message;
  const unfit = unfitness(command, record, ports);
  const timestamp = ports.clock(record);
  if (unfit !== undefined) return refusedUnseen(fold, command, { ...record, timestamp }, unfit);
  const span = spanOf(command, record);
  const { tenantId } = command.meta;
  const { offset } = record;
  const context = { offset, timestamp, quotas: ports.quotas(tenantId), memory: ports.memory };
  const decided = decideAt(tenantOf(fold, tenantId), command, context);
  // A process that was started anew takes what those of the release before, of which this is one, cannot write yet.
  if (!decided.events.every(canWriteEvent)) {
    return refusedUnseen(fold, command, { ...record, timestamp }, problem('UPGRADE_UNDER_WAY'));
  }
  for (const event of decided.events) foldEvent(fold, event);
  span?.set({ 'flowplane.outcome': decided.decision.kind });
  span?.end();
  return { kind: 'decided', command, ...decided };
}

/** Why a command cannot be decided here at all. Shells append none like it: other programs and other settings do. */
function unfitness({ meta }: Command, { value, partition }: LogRecord, { partitions }: Deciding): Problem | undefined {
  const bytes = value?.length ?? 0;
  if (bytes > MAX_COMMAND_BYTES) {
    return problem('PAYLOAD_TOO_LARGE', {
      message: `A command of ${bytes} bytes; at most ${MAX_COMMAND_BYTES} are taken.`,
    });
  }
  const home = partitionOf(meta.tenantId, partitions);
  if (home === partition) return undefined;
  const message = `The command is in partition ${partition}, the tenant’s commands are in partition ${home}.`;
  return problem('CONTROL_PLANE_ERROR', { message });
}

/** Refuses a command without a look at the tenant's state. A record that would itself be too large is not made. */
function refusedUnseen(fold: PartitionFold, command: Command, record: LogRecord, unfit: Problem): DecidedRecord {
  const decision = refused(unfit);
  const now = Math.max(record.timestamp, fold.tenants.get(command.meta.tenantId)?.lastTime ?? 0);
  const events = toEvents(command, record.offset, now, decision);
  if (events.some((event) => encodeEvent(event).length > MAX_COMMAND_BYTES)) {
    return { kind: 'poison', reason: unfit.message };
  }
  for (const event of events) foldEvent(fold, event);
  return { kind: 'decided', command, decision, events };
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
  try {
    return decodeMessage(value);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
