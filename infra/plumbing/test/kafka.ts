import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import { connectKafka, deleteTopics, ensureTopics, type KafkaClient } from '../src/kafka/index.js';

/** A client of the stack's broker for one test file, with its own topics, which are deleted with it. */
export type KafkaTrial = {
  readonly client: KafkaClient;
  /** Unique to this trial; for groups, transactional ids and topic prefixes. */
  readonly prefix: string;
  /** Creates a topic under the prefix. @returns its full name */
  readonly topic: (name: string, partitions?: number, config?: Readonly<Record<string, string>>) => Promise<string>;
  readonly end: () => Promise<void>;
};

/** @throws Error when KAFKA_BROKERS is not set: integration tests run on the real broker or not at all */
export async function startKafkaTrial(clientId: string): Promise<KafkaTrial> {
  const brokers = process.env['KAFKA_BROKERS'];
  if (brokers === undefined) throw new Error('KAFKA_BROKERS is not set: start the stack (npm test does)');
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const client = await connectKafka({ brokers: brokers.split(','), clientId }, logger);
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  const topics: string[] = [];
  return {
    client,
    prefix,
    topic: async (name, partitions = 1, config = {}) => {
      const topic = prefix + name;
      topics.push(topic);
      await ensureTopics(client, [{ name: topic, partitions, config }], { partitions, replicationFactor: 1 });
      return topic;
    },
    end: async () => {
      await deleteTopics(client, topics);
      await client.close();
    },
  };
}

/** Waits for a condition instead of a time. @throws Error naming `what` when it does not come about */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | void | Promise<T | undefined | false | void>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (seen !== undefined && seen !== false) return seen as T;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Every socket to the broker that this process has, cut as a network would. @returns how many there were */
export function cutAllConnections(): number {
  const port = Number((process.env['KAFKA_BROKERS'] ?? '').split(',')[0]?.split(':')[1]);
  type Handle = { readonly remotePort?: number; readonly destroy?: (error: Error) => void };
  // No public list of a process's sockets exists.
  const handles = (process as unknown as { _getActiveHandles: () => Handle[] })._getActiveHandles();
  const sockets = handles.filter(({ remotePort }) => remotePort === port);
  for (const socket of sockets) socket.destroy?.(new Error('cut by the test'));
  return sockets.length;
}

/** Removes what a partition holds in front of an offset, as retention would. */
export async function cutTopic(topic: string, partition: number, offset: number): Promise<void> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  // Loads where the partitions are, which the call behind it needs.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  await admin.disconnect();
}
