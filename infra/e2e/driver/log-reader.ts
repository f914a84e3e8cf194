import {
  decodeMessage,
  HEADER,
  judgeRecord,
  START_OF_LOG,
  topicNames,
  unpackLogHeader,
  type Command,
  type EpochStarted,
  type Event,
  type LogHeader,
  type ReadPosition,
} from '@flowplane/contracts';
import {
  connectKafka,
  endOffsets,
  KafkaFault,
  makeDirectReader,
  type KafkaClient,
  type LogRecord,
} from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { keepTrying } from '@flowplane/plumbing/periodic';

type Env = Readonly<Record<string, string | undefined>>;

export type LoggedCommand = { readonly partition: number; readonly offset: number; readonly command: Command };

/** A record of the events topic with the verdict of the reader rule on it. */
export type LoggedEvent = {
  readonly partition: number;
  readonly offset: number;
  readonly header: LogHeader | undefined;
  readonly accepted: boolean;
} & ({ readonly kind: 'event'; readonly event: Event } | { readonly kind: 'epoch'; readonly marker: EpochStarted });

/** Commands and events as they lie in the log, in offset order within a partition. */
export type WholeLog = { readonly commands: readonly LoggedCommand[]; readonly events: readonly LoggedEvent[] };

const POLL_WAIT_MS = 250;
const LEADER_TIMEOUT_MS = 60_000;

export const partitionsOf = (env: Env): number => Number(env['FLOWS_PARTITIONS'] ?? 12);

/** Runs `work` with a connection to the log of a service set, and closes it. */
export async function withLog<T>(env: Env, work: (kafka: KafkaClient) => Promise<T>): Promise<T> {
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',');
  const kafka = await connectKafka({ brokers, clientId: 'e2e' }, makeLogger({ service: 'e2e', level: 'error' }));
  try {
    return await work(kafka);
  } finally {
    await kafka.close();
  }
}

/** Everything a topic holds now, partition by partition in offset order, without any rule. */
export async function readTopic(kafka: KafkaClient, topic: string, partitions: number): Promise<readonly LogRecord[]> {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  // A broker that has just come back is the leader of its partitions a moment later.
  const ends = await keepTrying(() => endOffsets(kafka, topic, numbers), {
    backoff: { firstMs: 50, maxMs: 500 },
    deadlineMs: Date.now() + LEADER_TIMEOUT_MS,
    isCurable: (cause) => cause instanceof KafkaFault && cause.retryable,
  });
  const open = new Set(numbers.filter((partition) => (ends.get(partition) ?? 0) > 0));
  const reader = makeDirectReader(kafka, { topic });
  const records: LogRecord[] = [];
  try {
    reader.assign(new Map([...open].map((partition) => [partition, 0])));
    while (open.size > 0) {
      for (const record of await reader.poll(POLL_WAIT_MS)) {
        records.push(record);
        if (record.offset + 1 >= (ends.get(record.partition) ?? 0)) open.delete(record.partition);
      }
    }
  } finally {
    await reader.close();
  }
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Reads the log of a service set with a reader of this test's own: plain fetch, then the rule of contracts. */
export async function readLog(env: Env): Promise<WholeLog> {
  const topics = topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '');
  const partitions = partitionsOf(env);
  return withLog(env, async (kafka) => {
    // Events first: a command that is read has then either its outcome or is younger than what was read of the events.
    const events = await readTopic(kafka, topics.events, partitions);
    const commands = await readTopic(kafka, topics.commands, partitions);
    return { commands: commands.map(toCommand), events: judge(events) };
  });
}

/** Exclusive end of each partition of the commands topic now. */
export async function commandEnds(env: Env): Promise<ReadonlyMap<number, number>> {
  const numbers = Array.from({ length: partitionsOf(env) }, (_, partition) => partition);
  return withLog(env, (kafka) => endOffsets(kafka, topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '').commands, numbers));
}

/** The log as if nothing had been commanded from these offsets on. */
export function logUpTo(log: WholeLog, ends: ReadonlyMap<number, number>): WholeLog {
  const isBefore = (partition: number, offset: number): boolean => offset < (ends.get(partition) ?? 0);
  return {
    commands: log.commands.filter(({ partition, offset }) => isBefore(partition, offset)),
    events: log.events.filter(
      (record) => record.kind === 'epoch' || isBefore(record.partition, record.event.meta.commandOffset),
    ),
  };
}

function toCommand(record: LogRecord): LoggedCommand {
  const message = decodeMessage(record.value as Buffer);
  if (message.kind !== 'command') throw new Error(`${message.kind} in the commands topic`);
  return { partition: record.partition, offset: record.offset, command: message.command };
}

function judge(records: readonly LogRecord[]): readonly LoggedEvent[] {
  const positions = new Map<number, ReadPosition>();
  return records.map((record) => {
    const { partition, offset } = record;
    const message = decodeMessage(record.value as Buffer);
    const header = unpackLogHeader(record.headers[HEADER.log] ?? '');
    const before = positions.get(partition) ?? START_OF_LOG;
    const { accepted, position } = judgeRecord(before, offset, message.kind === 'epoch', header);
    positions.set(partition, position);
    if (message.kind === 'epoch') return { partition, offset, header, accepted, kind: 'epoch', marker: message.marker };
    if (message.kind === 'event') return { partition, offset, header, accepted, kind: 'event', event: message.event };
    throw new Error(`${message.kind} in the events topic`);
  });
}

/** The accepted events in log order of each partition. */
export function acceptedEvents(log: WholeLog): readonly (LoggedEvent & { readonly kind: 'event' })[] {
  return log.events.filter((record) => record.kind === 'event' && record.accepted) as never;
}

/** Events that a reader without the rule would take for true: written by an owner that was no longer the owner. */
export function zombieEvents(log: WholeLog): readonly LoggedEvent[] {
  return log.events.filter((record) => record.kind === 'event' && !record.accepted);
}
