import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKafkaTrial, until, type KafkaTrial } from '../../test/kafka.js';
import { connectKafka, joinGroup, type GroupMemberHandlers, type KafkaClient } from './index.js';

let trial: KafkaTrial;
beforeAll(async () => {
  trial = await startKafkaTrial('int-group');
});
afterAll(() => trial.end());

type Seen = { assigned: (readonly number[])[]; lost: number; heartbeats: number };

function watcher(): Seen & { handlers: GroupMemberHandlers; owned: () => readonly number[] } {
  const seen: Seen = { assigned: [], lost: 0, heartbeats: 0 };
  let owned: readonly number[] = [];
  return Object.assign(seen, {
    owned: () => owned,
    handlers: {
      onAssigned: (partitions: readonly number[]) => {
        owned = partitions;
        seen.assigned.push(partitions);
      },
      onLost: () => {
        owned = [];
        seen.lost++;
      },
      onHeartbeat: () => void seen.heartbeats++,
    },
  });
}

const ALL = [0, 1, 2, 3, 4];
const sorted = (...lists: (readonly number[])[]): number[] => lists.flat().sort((a, b) => a - b);

test('a member has everything, shares it with a second, and gets it back when that one leaves', async () => {
  const topic = await trial.topic('shared', 5);
  const options = { groupId: `${trial.prefix}shared`, topic, sessionTimeoutMs: 3000 };
  const [a, b] = [watcher(), watcher()];
  const memberA = joinGroup(trial.client, options, a.handlers);
  await until('a has all', () => a.owned().length === 5);
  await until('a heartbeats', () => a.heartbeats > 0);
  const memberB = joinGroup(trial.client, options, b.handlers);
  await until('both share', () => b.owned().length > 0 && a.owned().length < 5);
  expect(sorted(a.owned(), b.owned())).toEqual(ALL);
  expect(Math.abs(a.owned().length - b.owned().length)).toBe(1);
  await memberA.commit(new Map(a.owned().map((partition) => [partition, 7])));
  expect(await committedOffsets(options.groupId, topic, a.owned())).toEqual(a.owned().map(() => '7'));
  await memberB.leave();
  expect(b.lost).toBe(1);
  await until('a has all again', () => a.owned().length === 5);
  expect(a.lost).toBe(0);
  expect(a.assigned).toHaveLength(3);
  await memberA.leave();
  expect(a.lost).toBe(1);
});

test('a member that dies without a word is replaced within its session and a little', async () => {
  const topic = await trial.topic('dies', 5);
  const options = { groupId: `${trial.prefix}dies`, topic, sessionTimeoutMs: 3000 };
  const mortal = await connectClient();
  const [a, b] = [watcher(), watcher()];
  joinGroup(mortal, options, a.handlers);
  const memberB = joinGroup(trial.client, options, b.handlers);
  await until('both share', () => b.owned().length > 0 && a.owned().length > 0 && a.owned().length < 5);
  const diedAt = performance.now();
  await mortal.close();
  await until('b has all', () => b.owned().length === 5);
  expect(performance.now() - diedAt).toBeLessThan(4500);
  await until('a knows', () => a.lost === 1);
  await memberB.leave();
});

test('a member whose event loop stood still for longer than its session learns that it lost', async () => {
  const topic = await trial.topic('stalled', 2);
  const options = { groupId: `${trial.prefix}stalled`, topic, sessionTimeoutMs: 1000 };
  const a = watcher();
  const memberA = joinGroup(trial.client, options, a.handlers);
  await until('a has all', () => a.owned().length === 2);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  await until('a lost and got it back', () => a.lost > 0 && a.assigned.length > 1);
  expect(a.owned()).toHaveLength(2);
  await memberA.leave();
});

/** As a lag tool sees them. */
async function committedOffsets(groupId: string, topic: string, partitions: readonly number[]): Promise<string[]> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return partitions.map((partition) => offsets?.partitions.find((one) => one.partition === partition)?.offset ?? '');
}

function connectClient(): Promise<KafkaClient> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  return connectKafka({ brokers, clientId: 'mortal' }, trial.client.logger);
}
