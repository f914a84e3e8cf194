import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { cutAllConnections, startKafkaTrial, until, type KafkaTrial } from '../../test/kafka.js';
import type { KafkaClient, OpenCluster, SharedTails } from './client.js';
import { connectKafka, makeBatchProducer, makeSharedFetcher, makeSharedTails } from './index.js';
import type { PartitionFetcher } from './partition-fetcher.js';

let trial: KafkaTrial;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  trial = await startKafkaTrial('int-shared-tails');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => trial.end());

type Service = { readonly client: KafkaClient; readonly isConnected: () => boolean };

/** A client as a service of the process has it, and whether it holds connections. */
async function openService(tails: SharedTails): Promise<Service> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const client = await connectKafka({ brokers, clientId: 'shared-tails' }, trial.client.logger, tails);
  const opened: OpenCluster[] = [];
  closers.push(client.close);
  return {
    client: {
      ...client,
      newCluster: (purpose) => {
        const cluster = client.newCluster(purpose);
        opened.push(cluster);
        return cluster;
      },
    },
    isConnected: () => opened.some(({ sockets }) => sockets.size > 0),
  };
}

const PARTITIONS = 2;
const fromStart = (): Map<number, number> =>
  new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0]));

/** Reads on and on; `seen` has what it was given, by partition. */
function readOn(fetcher: PartitionFetcher, pauseMs: () => number = () => 0) {
  const seen = new Map<number, number[]>();
  const ending = new AbortController();
  const work = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const shares = await fetcher.poll(1000, ending.signal).catch(() => delay(20).then(() => []));
      for (const { partition, records, nextOffset } of shares) {
        const offsets = seen.get(partition) ?? [];
        offsets.push(...records.map(({ offset }) => offset));
        seen.set(partition, offsets);
        expect(nextOffset).toBe((offsets.at(-1) ?? -1) + 1);
      }
      const ms = pauseMs();
      if (ms > 0) await delay(ms);
    }
  };
  const done = work();
  const stop = async (): Promise<void> => {
    ending.abort();
    await done;
  };
  closers.push(fetcher.close, stop);
  const total = (): number => [...seen.values()].reduce((sum, { length }) => sum + length, 0);
  return { seen, total, stop };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, offset) => offset);

async function openWriter(topic: string): Promise<(count: number, bytes?: () => number) => Promise<void>> {
  const producer = makeBatchProducer(trial.client, { topic });
  closers.push(producer.close);
  return async (count, bytes = () => 10) => {
    const records = upTo(count * PARTITIONS).map((at) => ({
      ...{ partition: at % PARTITIONS, key: 'k', headers: {} },
      value: Buffer.alloc(bytes(), 'v'),
    }));
    await producer.appendAll(records);
  };
}

describe('readers of one process at the end of a topic', () => {
  it('hold one connection, and each gets all', async () => {
    const tails = makeSharedTails();
    const topic = await trial.topic('together', PARTITIONS);
    const write = await openWriter(topic);
    const services = await Promise.all([openService(tails), openService(tails), openService(tails)]);
    const connected = (): number => services.filter(({ isConnected }) => isConnected()).length;
    const readers = services.map(({ client }) => {
      const fetcher = makeSharedFetcher(client, { topic });
      fetcher.assign(fromStart());
      return readOn(fetcher);
    });
    await write(5);
    await until('one connection', () => connected() === 1);
    for (let round = 2; round <= 4; round++) {
      await write(5);
      for (const { seen, total } of readers) {
        await until('all records', () => total() === round * 5 * PARTITIONS);
        expect([seen.get(0), seen.get(1)]).toEqual([upTo(round * 5), upTo(round * 5)]);
      }
    }
    expect(connected()).toBe(1);
  });

  it('go on when the one is closed whose connection they used, and where connections break', async () => {
    const tails = makeSharedTails();
    const topic = await trial.topic('left', PARTITIONS);
    const write = await openWriter(topic);
    const services = await Promise.all([openService(tails), openService(tails)]);
    const readers = [];
    for (const service of services) {
      const fetcher = makeSharedFetcher(service.client, { topic });
      fetcher.assign(fromStart());
      readers.push(readOn(fetcher));
      await until('a connection', service.isConnected);
    }
    await write(3);
    const [first, second] = readers as [(typeof readers)[number], (typeof readers)[number]];
    await until('both', () => first.total() === 6 && second.total() === 6);
    expect(cutAllConnections()).toBeGreaterThan(0);
    await write(3);
    await until('both', () => first.total() === 12 && second.total() === 12);
    await first.stop();
    await services[0]?.client.close();
    await write(3);
    await until('the other', () => second.total() === 18);
    expect([second.seen.get(0), second.seen.get(1)]).toEqual([upTo(9), upTo(9)]);
  });

  it('wait for nobody: one that reads nothing for a while gets everything later, and holds up no other', async () => {
    const tails = makeSharedTails();
    const topic = await trial.topic('slow', PARTITIONS);
    const write = await openWriter(topic);
    const [one, other] = await Promise.all([openService(tails), openService(tails)]);
    const slow = makeSharedFetcher(other.client, { topic });
    slow.assign(fromStart());
    await slow.poll(100);
    await slow.poll(100); // together from here on
    const fast = makeSharedFetcher(one.client, { topic });
    fast.assign(fromStart());
    const reader = readOn(fast);
    for (let round = 0; round < 8; round++) await write(10, () => 60_000);
    await until('all of the fast one', () => reader.total() === 80 * PARTITIONS);
    const late = readOn(slow);
    await until('all of the slow one', () => late.total() === 80 * PARTITIONS);
    expect([late.seen.get(0), late.seen.get(1)]).toEqual([upTo(80), upTo(80)]);
  });

  it('end a wait when they are closed, also while others go on', async () => {
    const tails = makeSharedTails();
    const topic = await trial.topic('closed', PARTITIONS);
    const { client } = await openService(tails);
    const [one, other] = [makeSharedFetcher(client, { topic }), makeSharedFetcher(client, { topic })];
    closers.push(one.close, other.close);
    for (const fetcher of [one, other]) {
      fetcher.assign(fromStart());
      await fetcher.poll(100); // together from here on
    }
    const others = other.poll(60_000);
    const ended = one.poll(60_000).catch(() => []);
    one.close();
    expect(await Promise.race([ended, delay(3000, 'still waits')])).toEqual([]);
    await (
      await openWriter(topic)
    )(1);
    expect((await others).length).toBeGreaterThan(0);
  });

  it('get every record once and in order, whatever their pace and however often connections break', async () => {
    const seed = Number(process.env['FLOWS_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
    process.stdout.write(`FLOWS_TEST_SEED=${seed}\n`);
    let state = seed;
    /** Below `limit`. */
    const random = (limit: number): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % limit;
    const tails = makeSharedTails();
    const topic = await trial.topic('random', PARTITIONS);
    const write = await openWriter(topic);
    const readers = [];
    let written = 0;
    for (let round = 0; round < 30; round++) {
      if (round % 6 === 0) {
        const { client } = await openService(tails);
        const fetcher = makeSharedFetcher(client, { topic, maxBytes: 20_000 + random(300_000) });
        fetcher.assign(fromStart());
        const longest = random(120);
        readers.push(readOn(fetcher, () => (random(3) === 0 ? random(longest + 1) : 0)));
      }
      const count = 1 + random(40);
      await write(count, () => random(20_000));
      written += count;
      if (round % 10 === 9) cutAllConnections();
      if (random(2) === 0) await delay(random(60));
    }
    for (const { seen, total } of readers) {
      await until('all records', () => total() >= written * PARTITIONS, 60_000);
      expect([seen.get(0), seen.get(1)]).toEqual([upTo(written), upTo(written)]);
    }
  });
});
