import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicSpec } from '@flowplane/contracts';
import type { KafkaClient } from './client.js';
import { asKafkaFault, brokerFault, KafkaFault } from './faults.js';
import { makeLink, type Link } from './link.js';
import { topicsRequest, type TopicDescription } from './requests.js';
import { checkSettings } from './check-settings.js';
import { settingsOf } from './topic-settings.js';

export type TopicSettings = {
  /** Partitions of the topics whose spec says `log`. */
  readonly partitions: number;
  readonly replicationFactor: number;
};

const CREATE_TIMEOUT_MS = 10_000;
const READY_DEADLINE_MS = 30_000;
const POLL_MS = 50;
const LATEST = -1;
const EARLIEST = -2;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/**
 * Creates what is missing (`spec.name` is the full name) and waits until every partition is served by its leader.
 * Idempotent, also among processes. Looks at the settings of what was there before (`spec.otherwise`).
 *
 * @throws Error when a topic exists with another partition count: a tenant's place in the log would move; when one that
 *   is the truth would lose records by its settings
 * @throws KafkaFault when the brokers cannot be reached
 */
export async function ensureTopics(
  client: KafkaClient,
  specs: readonly TopicSpec[],
  settings: TopicSettings,
): Promise<void> {
  await withLink(client, 'topics', async (link) => {
    const partitionsOf = (spec: TopicSpec): number =>
      spec.partitions === 'log' ? settings.partitions : spec.partitions;
    const names = specs.map(({ name }) => name);
    const existing = await describe(link, names);
    for (const spec of specs.filter(({ name }) => !isThere(existing.get(name)))) {
      await create(link, spec, partitionsOf(spec), settings.replicationFactor);
    }
    const ready = await untilReady(link, names);
    for (const spec of specs) {
      const count = ready.get(spec.name)?.partitions.length;
      if (count !== partitionsOf(spec)) {
        throw new Error(`topic ${spec.name} has ${count} partitions, not ${partitionsOf(spec)}: refusing to use it`);
      }
    }
    const there = specs.filter(({ name }) => isThere(existing.get(name)));
    await checkSettings(client, link, there, settings.replicationFactor);
  });
}

/**
 * Creates a topic unless there is one of this name, with any settings, and waits until it can be written to.
 *
 * @returns its partition count
 * @throws KafkaFault
 */
export async function ensureTopic(client: KafkaClient, spec: TopicSpec, settings: TopicSettings): Promise<number> {
  return withLink(client, 'topics', async (link) => {
    if (!isThere((await describe(link, [spec.name])).get(spec.name))) {
      const partitions = spec.partitions === 'log' ? settings.partitions : spec.partitions;
      await create(link, spec, partitions, settings.replicationFactor);
    }
    return (await untilReady(link, [spec.name])).get(spec.name)?.partitions.length ?? 0;
  });
}

/** Exclusive ends of partitions: the offset the next record will have. @throws KafkaFault */
export async function endOffsets(
  client: KafkaClient,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return withLink(client, 'ends', (link) => readEndOffsets(link, topic, partitions), topic);
}

/** For who asks often: as `endOffsets`, over connections that are kept. */
export type EndReader = {
  /** @throws KafkaFault */
  readonly read: (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
  readonly close: () => void;
};

export function makeEndReader(client: KafkaClient, topic: string): EndReader {
  const link = makeLink(client, `ends-${topic}`, topic);
  return { read: (partitions) => readEndOffsets(link, topic, partitions), close: link.close };
}

/** As `endOffsets`, for readers of committed records: where the first open transaction begins. @throws KafkaFault */
export async function committedEndOffsets(
  client: KafkaClient,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return withLink(client, 'ends', (link) => readOffsets(link, topic, partitions, LATEST, READ_COMMITTED), topic);
}

/** Offsets of the first records that retention has left. @throws KafkaFault */
export async function startOffsets(
  client: KafkaClient,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return withLink(client, 'starts', (link) => readOffsets(link, topic, partitions, EARLIEST), topic);
}

/** As `endOffsets`, over a link that is there. */
export async function readEndOffsets(
  link: Link,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  return readOffsets(link, topic, partitions, LATEST);
}

async function readOffsets(
  link: Link,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolationLevel: number = READ_UNCOMMITTED,
): Promise<ReadonlyMap<number, number>> {
  const leaders = await link.leaders(topic);
  return link.call(`offsets of ${topic}`, async (cluster) => {
    const found = new Map<number, number>();
    for (const leader of new Set(partitions.map((partition) => leaders.get(partition) ?? -1))) {
      const broker = await cluster.findBroker({ nodeId: String(leader) });
      const mine = partitions.filter((partition) => leaders.get(partition) === leader);
      const { responses } = await broker.listOffsets({
        replicaId: -1,
        isolationLevel,
        topics: [{ topic, partitions: mine.map((partition) => ({ partition, timestamp })) }],
      });
      for (const { partition, offset } of responses.flatMap((response) => response.partitions)) {
        found.set(partition, Number(offset));
      }
    }
    return found;
  });
}

/** Id of a topic: another one after it was deleted and created again. 32 lower-case hex characters. @throws KafkaFault */
export async function topicId(client: KafkaClient, topic: string): Promise<string> {
  return withLink(client, 'topic-id', async (link) => {
    const described = (await describe(link, [topic])).get(topic);
    if (described === undefined || described.errorCode !== 0) {
      throw brokerFault(described?.errorCode ?? 3, `id of ${topic}`);
    }
    return described.topicId;
  });
}

/** A topic as the brokers know it; `topicId` as of `topicId()`. */
export type TopicLayout = { readonly topicId: string; readonly partitions: number };

/** Id and partition count of those topics that exist, in one question. @throws KafkaFault */
export async function topicLayouts(
  client: KafkaClient,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicLayout>> {
  if (topics.length === 0) return new Map();
  const described = await withLink(client, 'topic-layouts', (link) => describe(link, topics));
  const there = [...described.values()].filter(({ errorCode }) => errorCode === 0);
  return new Map(there.map((topic) => [topic.name, { topicId: topic.topicId, partitions: topic.partitions.length }]));
}

/** Those of the topics that the brokers have, whether or not they can be used now. @throws KafkaFault */
export async function existingTopics(client: KafkaClient, topics: readonly string[]): Promise<ReadonlySet<string>> {
  if (topics.length === 0) return new Set();
  const described = await withLink(client, 'existing-topics', (link) => describe(link, topics));
  return new Set(topics.filter((topic) => isThere(described.get(topic))));
}

/** Deletes topics; those that do not exist are passed over. @throws KafkaFault */
export async function deleteTopics(client: KafkaClient, topics: readonly string[]): Promise<void> {
  await withLink(client, 'topics', async (link) => {
    const existing = await describe(link, topics);
    const there = topics.filter((topic) => isThere(existing.get(topic)));
    if (there.length === 0) return;
    await link.call('delete topics', async (cluster) =>
      (await cluster.findControllerBroker()).deleteTopics({ topics: there, timeout: CREATE_TIMEOUT_MS }),
    );
  });
}

async function withLink<T>(
  client: KafkaClient,
  purpose: string,
  work: (link: Link) => Promise<T>,
  topic?: string,
): Promise<T> {
  const link = makeLink(client, purpose, topic);
  try {
    return await work(link);
  } finally {
    link.close();
  }
}

const UNKNOWN_TOPIC = 3;
const isThere = (topic: TopicDescription | undefined): boolean =>
  topic !== undefined && topic.errorCode !== UNKNOWN_TOPIC;

async function describe(link: Link, topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
  const nodeId = await link.call('any broker', (cluster) => {
    const [first] = Object.keys(cluster.brokerPool.brokers);
    if (first === undefined) throw new KafkaFault('BROKER_NOT_AVAILABLE', true, 'no broker is known');
    return Promise.resolve(Number(first));
  });
  const described = await link.send(nodeId, topicsRequest(topics));
  return new Map(described.map((topic) => [topic.name, topic]));
}

async function create(link: Link, spec: TopicSpec, numPartitions: number, replicationFactor: number): Promise<void> {
  const configEntries = Object.entries(settingsOf(spec, replicationFactor)).map(([name, value]) => ({ name, value }));
  const topic = { topic: spec.name, numPartitions, replicationFactor, configEntries };
  try {
    await link.call(`create ${spec.name}`, async (cluster) =>
      (await cluster.findControllerBroker()).createTopics({ topics: [topic], timeout: CREATE_TIMEOUT_MS }),
    );
  } catch (error) {
    if (!existsAlready(error)) throw asKafkaFault(error, `create ${spec.name}`);
  }
}

/**
 * Another process was quicker. The controller says so before the broker's own metadata show the topic, so the answer
 * itself is looked at; kafkajs wraps it, and the link may have wrapped that once more.
 */
function existsAlready(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { type, errors, cause } = error as { type?: unknown; errors?: unknown; cause?: unknown };
  if (type === 'TOPIC_ALREADY_EXISTS') return true;
  return existsAlready(cause) || (Array.isArray(errors) && errors.length > 0 && errors.every(existsAlready));
}

async function untilReady(link: Link, names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  for (;;) {
    const described = await describe(link, names);
    const ready = names.every((name) => {
      const topic = described.get(name);
      return (
        topic?.errorCode === 0 && topic.partitions.every(({ errorCode, leader }) => errorCode === 0 && leader >= 0)
      );
    });
    if (ready && (await allServed(link, described))) return described;
    if (Date.now() > deadline) throw new KafkaFault('LEADER_NOT_AVAILABLE', true, `no leaders for ${names.join(', ')}`);
    await sleep(POLL_MS);
  }
}

/**
 * Metadata name a leader a moment before that broker knows that it leads: until then it answers
 * NOT_LEADER_FOR_PARTITION to a client that creates the topic and reads or writes at once.
 */
async function allServed(link: Link, topics: ReadonlyMap<string, TopicDescription>): Promise<boolean> {
  try {
    for (const [name, { partitions }] of topics) {
      const all = partitions.map(({ partition }) => partition);
      await readOffsets(link, name, all, LATEST);
    }
    return true;
  } catch (error) {
    const fault = asKafkaFault(error, 'ends of new topics');
    if (!fault.retryable) throw fault;
    link.reset();
    return false;
  }
}
