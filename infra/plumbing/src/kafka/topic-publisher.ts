import { partitionOf, type TopicSpec } from '@flowplane/contracts';
import { makeBatchProducer } from './batch-producer.js';
import type { KafkaClient } from './client.js';
import { AppendFault, asKafkaFault, KafkaFault } from './faults.js';
import { ensureTopic } from './topics.js';
import type { BatchProducer, OutgoingRecord } from './types.js';

/** `key` null: the record may go to any partition. Header values are UTF-8 text. */
export type RecordToPublish = {
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

/** Writes to topics that come and go: many of them, each created when it is missing. */
export type TopicPublisher = {
  /**
   * Resolves when all in-sync replicas have all records. Records with one key keep their order, as do those without a
   * key of one call. Not one transaction: when it throws, the topic may have some of the records.
   *
   * @throws KafkaFault
   */
  readonly publish: (topic: TopicSpec, records: readonly RecordToPublish[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type TopicPublisherOptions = {
  readonly replicationFactor: number;
  /** Topics whose connections are kept; the one longest unused gives way. Default 64. */
  readonly maxTopics?: number;
  /** How long the records of one batch may take, ms. Default 10 s. */
  readonly deliveryTimeoutMs?: number;
};

/** Over all calls that wait on one topic; more are refused as a broker that is busy. */
const MAX_PENDING = 50_000;

type Open = { readonly producer: BatchProducer; readonly partitions: number };
type Entry = { readonly opening: Promise<Open>; users: number };

export function makeTopicPublisher(client: KafkaClient, options: TopicPublisherOptions): TopicPublisher {
  const { maxTopics = 64, deliveryTimeoutMs = 10_000, replicationFactor } = options;
  /** In the order of their last use. */
  const topics = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();

  const open = async (spec: TopicSpec): Promise<Open> => {
    const partitions = await ensureTopic(client, spec, { partitions: 1, replicationFactor });
    const producer = makeBatchProducer(client, { topic: spec.name, maxPending: MAX_PENDING, deliveryTimeoutMs });
    return { producer, partitions };
  };
  const forget = (name: string, entry: Entry): void => {
    if (topics.get(name) !== entry) return;
    topics.delete(name);
    const ended: Promise<void> = entry.opening
      .then(({ producer }) => producer.close())
      .catch(() => undefined)
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const use = (spec: TopicSpec): Entry => {
    const entry = topics.get(spec.name) ?? { opening: open(spec), users: 0 };
    topics.delete(spec.name);
    topics.set(spec.name, entry);
    entry.users++;
    const unused = topics.size > maxTopics ? [...topics].find(([, { users }]) => users === 0) : undefined;
    if (unused !== undefined) forget(...unused);
    return entry;
  };
  return {
    publish: async (spec, records) => {
      const entry = use(spec);
      try {
        const { producer, partitions } = await entry.opening;
        await producer.appendAll(placed(records, partitions));
      } catch (error) {
        const fault = error instanceof AppendFault ? faultOf(error) : asKafkaFault(error, `publish to ${spec.name}`);
        // The topic may be gone, or created again with fewer partitions: the next call looks again.
        if (fault.code !== 'MESSAGE_TOO_LARGE') forget(spec.name, entry);
        throw fault;
      } finally {
        entry.users--;
      }
    },
    close: async () => {
      for (const [name, entry] of topics) forget(name, entry);
      await Promise.all(ending);
    },
  };
}

function faultOf(error: AppendFault): KafkaFault {
  if (error.cause instanceof KafkaFault) return error.cause;
  return new KafkaFault('APPEND_REFUSED', error.details.retryable, error.message, { cause: error });
}

let nextCall = 0;

/** By the key as every Kafka client does it; what has no key goes to one partition, another one with each call. */
function placed(records: readonly RecordToPublish[], partitions: number): readonly OutgoingRecord[] {
  const anywhere = nextCall++ % partitions;
  return records.map((record) => ({
    ...record,
    partition: record.key === null ? anywhere : partitionOf(record.key, partitions),
  }));
}
