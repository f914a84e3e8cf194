import { TOPICS, topicNames, type TopicName } from '@flowplane/contracts';
import {
  connectKafka,
  endOffsets,
  ensureTopics,
  makeBatchProducer,
  makeDirectReader,
  type BatchProducer,
  type KafkaClient,
  type LogRecord,
  type OutgoingRecord,
} from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';

/** The topics of one set of services, for a bench that writes to them or reads them itself. */
export type LogAccess = {
  readonly client: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly partitions: number;
  /** Makes the topics as command-service would. */
  readonly ensure: () => Promise<void>;
  readonly producer: (topic: TopicName) => BatchProducer;
  /** Exclusive end of every partition. */
  readonly ends: (topic: TopicName) => Promise<ReadonlyMap<number, number>>;
  /** Everything of a topic from given offsets up to given ends, by partition. */
  readonly read: (
    topic: TopicName,
    from: ReadonlyMap<number, number>,
    to: ReadonlyMap<number, number>,
  ) => Promise<ReadonlyMap<number, readonly LogRecord[]>>;
  /** Shows all that a topic has now, record by record, of which nothing is kept. */
  readonly each: (topic: TopicName, show: (record: LogRecord) => void) => Promise<void>;
  readonly close: () => Promise<void>;
};

const DEFAULT_PARTITIONS = 12;
const POLL_WAIT_MS = 500;

/** @param env environment of the services: brokers, topic prefix, partitions */
export async function openLog(env: Readonly<Record<string, string>>): Promise<LogAccess> {
  const logger = makeLogger({ service: 'bench', level: 'error' });
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',');
  const client = await connectKafka({ brokers, clientId: 'bench' }, logger);
  const prefix = env['FLOWS_TOPIC_PREFIX'] ?? '';
  const partitions = Number(env['FLOWS_PARTITIONS'] ?? DEFAULT_PARTITIONS);
  const topics = topicNames(prefix);
  const ends = (topic: TopicName): Promise<ReadonlyMap<number, number>> => {
    const own = TOPICS[topic].partitions === 'log' ? partitions : TOPICS[topic].partitions;
    return endOffsets(client, topics[topic], [...Array(own).keys()]);
  };
  return {
    client,
    topics,
    partitions,
    ensure: () => {
      const specs = [TOPICS.commands, TOPICS.events, TOPICS.runs, TOPICS.deadLetters];
      const named = specs.map((spec) => ({ ...spec, name: prefix + spec.name }));
      return ensureTopics(client, named, { partitions, replicationFactor: 1 });
    },
    producer: (topic) => makeBatchProducer(client, { topic: topics[topic], maxPending: 1_000_000 }),
    ends,
    read: async (topic, from, to) => {
      const found = new Map<number, LogRecord[]>([...to].map(([partition]) => [partition, []]));
      await eachBetween(client, topics[topic], from, to, (record) => found.get(record.partition)?.push(record));
      return found;
    },
    each: async (topic, show) => eachBetween(client, topics[topic], new Map(), await ends(topic), show),
    close: () => client.close(),
  };
}

async function eachBetween(
  client: KafkaClient,
  topic: string,
  from: ReadonlyMap<number, number>,
  to: ReadonlyMap<number, number>,
  show: (record: LogRecord) => void,
): Promise<void> {
  const reader = makeDirectReader(client, { topic });
  const left = new Map([...to].filter(([partition, end]) => end > (from.get(partition) ?? 0)));
  reader.assign(new Map([...left].map(([partition]) => [partition, from.get(partition) ?? 0])));
  while (left.size > 0) {
    for (const record of await reader.poll(POLL_WAIT_MS)) {
      const end = to.get(record.partition) ?? 0;
      if (record.offset < end) show(record);
      if (record.offset >= end - 1) left.delete(record.partition);
    }
  }
  await reader.close();
}

/** Appends many records in order, a bounded number under way at a time. */
export async function appendMany(producer: BatchProducer, records: Iterable<OutgoingRecord>): Promise<number> {
  const CHUNK = 2000;
  let count = 0;
  let chunk: OutgoingRecord[] = [];
  const flush = async (): Promise<void> => {
    await Promise.all(chunk.map((record) => producer.append(record)));
    count += chunk.length;
    chunk = [];
  };
  for (const record of records) {
    chunk.push(record);
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  return count;
}

export const totalOf = (offsets: ReadonlyMap<number, number>): number =>
  [...offsets.values()].reduce((sum, offset) => sum + offset, 0);
