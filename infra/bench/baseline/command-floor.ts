import { randomUUID } from 'node:crypto';
import {
  connectKafka,
  deleteTopics,
  ensureTopics,
  makeBatchProducer,
  makeDirectReader,
  type DirectReader,
} from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { listen, makePool, type Pool } from '@flowplane/plumbing/postgres';
import type { BenchSystem } from '../system/bench-system.js';
import { makeScratchDatabase } from './scratch-database.js';

/**
 * What a decided and projected command cannot do without, and nothing else: produce → consume twice, one commit and
 * one notification, with the adapters the services use.
 */
export type CommandFloor = {
  /** Latency of one pass, in milliseconds. */
  readonly pass: () => Promise<number>;
  readonly close: () => Promise<void>;
};

const CHANNEL = 'bench_floor';
const POLL_WAIT_MS = 500;
const RECORD_BYTES = 400;

export async function openCommandFloor(system: BenchSystem): Promise<CommandFloor> {
  const id = randomUUID().slice(0, 8);
  const logger = makeLogger({ service: 'bench', level: 'error' });
  const kafka = await connectKafka({ brokers: system.endpoints.kafkaBrokers.split(','), clientId: 'bench' }, logger);
  const topics = [`bench-${id}-first`, `bench-${id}-second`] as const;
  const specs = topics.map((name) => ({ name, partitions: 1, config: {} }));
  await ensureTopics(kafka, specs, { partitions: 1, replicationFactor: 1 });
  const hops = await Promise.all(topics.map((topic) => openHop(kafka, topic)));
  const database = await makeScratchDatabase(system.endpoints.dbUrl, `bench_floor_${id}`);
  // Durability as the projection has it: its rows can be read again from the log.
  const pool = makePool(database.url, { max: 1, applicationName: 'bench', durable: false });
  await pool.query('CREATE TABLE done (id bigint PRIMARY KEY, value text NOT NULL)');
  const notices = await openNotices(database.url);
  let count = 0;
  return {
    pass: async () => {
      const mark = String(++count);
      const startedAt = performance.now();
      for (const hop of hops) await hop(mark);
      const notified = notices.next(mark);
      await commitAndNotify(pool, count);
      await notified;
      return performance.now() - startedAt;
    },
    close: async () => {
      await notices.close();
      await pool.end();
      await database.drop();
      await deleteTopics(kafka, [...topics]);
      await kafka.close();
    },
  };
}

type KafkaClient = Awaited<ReturnType<typeof connectKafka>>;

/** Produces a record and waits until a reader that was waiting for it has it. */
async function openHop(kafka: KafkaClient, topic: string): Promise<(mark: string) => Promise<void>> {
  const producer = makeBatchProducer(kafka, { topic });
  const reader = makeDirectReader(kafka, { topic });
  reader.assign(new Map([[0, 0]]));
  await producer.append({ partition: 0, key: 'k', value: Buffer.alloc(RECORD_BYTES), headers: {} });
  await consume(reader, 'warm-up', () => true);
  return async (mark) => {
    const value = Buffer.alloc(RECORD_BYTES, mark);
    const consumed = consume(reader, mark, (found) => found.equals(value));
    await Promise.all([producer.append({ partition: 0, key: 'k', value, headers: {} }), consumed]);
  };
}

async function consume(reader: DirectReader, mark: string, isWanted: (value: Buffer) => boolean): Promise<void> {
  for (let polls = 0; polls < 20; polls++) {
    const records = await reader.poll(POLL_WAIT_MS);
    if (records.some(({ value }) => value !== null && isWanted(value))) return;
  }
  throw new Error(`record ${mark} did not arrive`);
}

async function commitAndNotify(pool: Pool, count: number): Promise<void> {
  const text = `WITH done AS (INSERT INTO done (id, value) VALUES ($1, $2)) SELECT pg_notify('${CHANNEL}', $3)`;
  await pool.query({ name: 'floor', text, values: [count, 'x'.repeat(RECORD_BYTES), String(count)] });
}

async function openNotices(url: string) {
  const waiting = new Map<string, () => void>();
  let connected = (): void => undefined;
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const listener = listen(
    url,
    CHANNEL,
    (payload) => waiting.get(payload)?.(),
    () => Promise.resolve(connected()),
  );
  await ready;
  return {
    next: (mark: string) => new Promise<void>((resolve) => waiting.set(mark, resolve)),
    close: () => listener.close(),
  };
}
