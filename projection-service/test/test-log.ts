import { randomUUID } from 'node:crypto';
import {
  encodeCommand,
  encodeEpochStarted,
  encodeEvent,
  encodeFrame,
  frameKey,
  HEADER,
  packLogHeader,
  partitionOf,
  TOPICS,
  topicNames,
  type Command,
  type Event,
  type Frame,
} from '@flowplane/contracts';
import {
  connectKafka,
  deleteTopics,
  ensureTopics,
  makeBatchProducer,
  type KafkaClient,
  type OutgoingRecord,
} from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';

/** An owner of one events partition: what it writes counts from its marker until a greater epoch. */
export type TestOwner = {
  readonly append: (events: readonly Event[]) => Promise<void>;
  /** An event as a release after this one would write it: under a schema that nobody here knows. */
  readonly appendOfNewerRelease: (event: Event) => Promise<void>;
  /** A value that is no Avro, under a header that the reader rule accepts. */
  readonly appendPoison: () => Promise<void>;
};

export type TestLog = {
  readonly kafka: KafkaClient;
  readonly prefix: string;
  readonly topics: ReturnType<typeof topicNames>;
  readonly partitions: number;
  readonly partitionOf: (tenantId: string) => number;
  readonly takeOver: (partition: number, epoch: number) => Promise<TestOwner>;
  readonly appendFrames: (frames: readonly Frame[]) => Promise<void>;
  readonly appendCommand: (command: Command) => Promise<void>;
  readonly appendRaw: (topic: string, record: OutgoingRecord) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Topics of a test's own on the real broker, and writers to them.
 *
 * @param auditConfig settings of the audit topic in place of ours, as somebody may have created it
 */
export async function openTestLog(
  partitions: number,
  auditConfig: Readonly<Record<string, string>> = TOPICS.audit.config,
): Promise<TestLog> {
  const prefix = `projection-${randomUUID()}.`;
  const topics = topicNames(prefix);
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const kafka = await connectKafka(
    { brokers, clientId: 'projection-spec' },
    makeLogger({ service: 'spec', level: 'error' }),
  );
  const all = [...Object.values(TOPICS), { ...TOPICS.audit, config: auditConfig }];
  const specs = all.map((spec) => ({ ...spec, name: prefix + spec.name })).toReversed();
  await ensureTopics(kafka, specs, { partitions, replicationFactor: 1 });
  const producers = new Map(
    Object.values(topics).map((topic) => [topic, makeBatchProducer(kafka, { topic, maxPending: 1_000_000 })]),
  );
  const append = async (topic: string, records: readonly OutgoingRecord[]): Promise<void> => {
    const producer = producers.get(topic);
    if (producer === undefined) throw new Error(`no producer for ${topic}`);
    await Promise.all(records.map((record) => producer.append(record)));
  };

  const takeOver = async (partition: number, epoch: number): Promise<TestOwner> => {
    const owner = randomUUID();
    const marker = { partition, epoch, owner, commandsTopicId: 'spec', startedAt: Date.now() };
    const headersOf = (commandOffset: number, index: number) => ({
      [HEADER.log]: packLogHeader({ epoch, owner, commandOffset, index }),
    });
    await append(topics.events, [{ partition, key: '', value: encodeEpochStarted(marker), headers: headersOf(-1, 0) }]);
    return {
      append: (events) =>
        append(
          topics.events,
          events.map((event) => ({
            partition,
            key: event.meta.tenantId,
            value: encodeEvent(event),
            headers: headersOf(event.meta.commandOffset, event.meta.index),
          })),
        ),
      appendOfNewerRelease: (event) => {
        const value = encodeEvent(event);
        value.write('newer...', 2);
        const headers = headersOf(event.meta.commandOffset, event.meta.index);
        return append(topics.events, [{ partition, key: event.meta.tenantId, value, headers }]);
      },
      appendPoison: () =>
        append(topics.events, [{ partition, key: 'poison', value: Buffer.from('not avro'), headers: headersOf(9, 0) }]),
    };
  };

  return {
    kafka,
    prefix,
    topics,
    partitions,
    partitionOf: (tenantId) => partitionOf(tenantId, partitions),
    takeOver,
    appendFrames: (frames) =>
      append(
        topics.runs,
        frames.map((frame) => ({
          partition: partitionOf(frameKey(frame), partitions),
          key: frameKey(frame),
          value: encodeFrame(frame),
          headers: {},
        })),
      ),
    appendCommand: (command) =>
      append(topics.commands, [
        {
          partition: partitionOf(command.meta.tenantId, partitions),
          key: command.meta.tenantId,
          value: encodeCommand(command),
          headers: { [HEADER.id]: command.meta.commandId, [HEADER.type]: command.type },
        },
      ]),
    appendRaw: (topic, record) => append(topic, [record]),
    close: async () => {
      await Promise.all([...producers.values()].map((producer) => producer.close()));
      await deleteTopics(kafka, Object.values(topics));
      await kafka.close();
    },
  };
}
