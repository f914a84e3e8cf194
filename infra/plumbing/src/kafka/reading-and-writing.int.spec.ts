import { createHook } from 'node:async_hooks';
import { zstdCompressSync } from 'node:zlib';
import { compressSync as snappyCompress } from 'snappy';
import { compressFrameSync as lz4Compress } from 'lz4-napi';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutAllConnections, startKafkaTrial, until, type KafkaTrial } from '../../test/kafka.js';
import {
  committedEndOffsets,
  endOffsets,
  ensureTopics,
  makeBatchProducer,
  makeDirectReader,
  OffsetOutOfRange,
  topicId,
  type KafkaFault,
} from './index.js';
import type { LogRecord, OutgoingRecord } from './types.js';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

let trial: KafkaTrial;
beforeAll(async () => {
  trial = await startKafkaTrial('int-reading');
});
afterAll(() => trial.end());

const record = (value: string, partition = 0): OutgoingRecord => ({
  partition,
  key: 'k',
  value: Buffer.from(value),
  headers: { ce_id: `id-${value}`, more: 'häder' },
});

async function readAll(topic: string, count: number, partitions = [0]): Promise<LogRecord[]> {
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map(partitions.map((partition) => [partition, 0])));
  const records: LogRecord[] = [];
  while (records.length < count) records.push(...(await reader.poll(1000)));
  await reader.close();
  return records;
}

test('appends keep their order, get their offsets, and carry headers', async () => {
  const topic = await trial.topic('order');
  const producer = makeBatchProducer(trial.client, { topic, maxBatchRecords: 7 });
  const acks = await Promise.all(Array.from({ length: 500 }, (_, n) => producer.append(record(`${n}`))));
  expect(acks.map(({ offset }) => offset)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  const records = await readAll(topic, 500);
  expect(records.map(({ value }) => Number(String(value)))).toEqual(Array.from({ length: 500 }, (_, n) => n));
  expect(records[3]?.headers).toEqual({ ce_id: 'id-3', more: 'häder' });
  expect(records[3]?.key?.toString()).toBe('k');
  expect(Math.abs((records[3]?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  await producer.close();
});

test('records of appendAll keep their order, also when they are more than one batch; many partitions come with one fetch', async () => {
  const topic = await trial.topic('groups', 4);
  const producer = makeBatchProducer(trial.client, { topic, maxBatchRecords: 3 });
  const groups = Array.from({ length: 20 }, (_, n) =>
    Array.from({ length: 5 }, (_unused, part) => record(`${n}/${part}`, n % 4)),
  );
  await Promise.all(groups.map((group) => producer.appendAll(group)));
  const records = await readAll(topic, 100, [0, 1, 2, 3]);
  for (const partition of [0, 1, 2, 3]) {
    const values = records.filter((one) => one.partition === partition).map(({ value }) => String(value));
    expect(values).toHaveLength(25);
    for (const group of new Set(values.map((value) => value.split('/')[0]))) {
      const parts = values.filter((value) => value.startsWith(`${group}/`));
      expect(parts).toEqual(['0', '1', '2', '3', '4'].map((part) => `${group}/${part}`));
    }
  }
  expect([...(await endOffsets(trial.client, topic, [0, 1, 2, 3])).values()]).toEqual([25, 25, 25, 25]);
  await producer.close();
});

test('a record that is to go at once waits for no turn, and takes along what waits before it', async () => {
  const topic = await trial.topic('at-once');
  const producer = makeBatchProducer(trial.client, { topic, pace: { everyMs: 3_600_000 } });
  const first = await producer.append(record('first'));
  const paced = producer.append(record('paced'));
  const urgent = await producer.append(record('urgent'), { atOnce: true });
  expect([first.offset, (await paced).offset, urgent.offset]).toEqual([0, 1, 2]);
  const another = producer.append(record('paced, too'));
  await producer.append(record('urgent, too'), { atOnce: true });
  expect((await another).offset).toBe(3);
  await producer.close();
});

test('a poll ends as soon as its signal aborts, and the next one has what came meanwhile', async () => {
  const topic = await trial.topic('interrupted');
  const producer = makeBatchProducer(trial.client, { topic });
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 0]]));
  const interruption = new AbortController();
  const interrupted = reader.poll(60_000, interruption.signal);
  interruption.abort();
  expect(await interrupted).toEqual([]);
  expect(await reader.poll(60_000, interruption.signal)).toEqual([]);
  await producer.append(record('meanwhile'));
  expect((await reader.poll(60_000, new AbortController().signal)).map(({ value }) => String(value))).toEqual([
    'meanwhile',
  ]);
  await Promise.all([producer.close(), reader.close()]);
});

test('a record that the brokers refuse for good takes none of those beside it along', async () => {
  const topic = await trial.topic('refused', 2, { 'max.message.bytes': '20000' });
  const producer = makeBatchProducer(trial.client, { topic });
  const large = { ...record('large'), value: Buffer.alloc(50_000, 'x') };
  const appends = [record('a'), large, record('b'), record('elsewhere', 1), record('c')].map((one) =>
    producer.append(one),
  );
  const outcomes = await Promise.allSettled(appends);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array(3).fill('fulfilled')]);
  expect(outcomes[1]).toMatchObject({ reason: { details: { appended: 'no', retryable: false } } });
  const records = await readAll(topic, 4, [0, 1]);
  const here = records.filter(({ partition }) => partition === 0).map(({ value }) => String(value));
  expect(here).toEqual(['a', 'b', 'c']);
  expect(await endOffsets(trial.client, topic, [0, 1])).toEqual(
    new Map([
      [0, 3],
      [1, 1],
    ]),
  );
  await producer.close();
});

test('records of several megabytes pass both ways', async () => {
  const topic = await trial.topic('big', 1, { 'max.message.bytes': '16777216' });
  const producer = makeBatchProducer(trial.client, { topic });
  const big = Buffer.alloc(6_000_000, 'x');
  await Promise.all([
    producer.append({ ...record('a'), value: big }),
    producer.append(record('b')),
    producer.append({ ...record('c'), value: big }),
  ]);
  const records = await readAll(topic, 3);
  expect(records.map(({ value }) => value?.length)).toEqual([6_000_000, 1, 6_000_000]);
  await producer.close();
});

test('a record too large for the topic is refused as not appended, and the next append works', async () => {
  const topic = await trial.topic('too-big', 1, { 'max.message.bytes': '10000' });
  const producer = makeBatchProducer(trial.client, { topic });
  const refused = producer.append({ ...record('a'), value: Buffer.alloc(20_000) });
  await expect(refused).rejects.toMatchObject({ details: { appended: 'no', retryable: false } });
  await expect(producer.append(record('b'))).resolves.toEqual({ offset: 0 });
  await producer.close();
});

test('more than may wait is refused at once', async () => {
  const topic = await trial.topic('bounded');
  const producer = makeBatchProducer(trial.client, { topic, maxPending: 10 });
  const results = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => producer.append(record(`${n}`))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(results[24]).toMatchObject({ reason: { details: { appended: 'no', retryable: true } } });
  expect(await endOffsets(trial.client, topic, [0])).toEqual(new Map([[0, 10]]));
  await producer.close();
});

test('an offset behind the end or of another life of the topic is loud', async () => {
  const topic = await trial.topic('range');
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 5]]));
  // A partition just created may not be led yet; that passes, an offset out of range does not.
  const fault = await until('a final fault', () =>
    reader.poll(100).then(
      () => undefined,
      (error: KafkaFault) => !error.retryable && error,
    ),
  );
  expect(fault).toBeInstanceOf(OffsetOutOfRange);
  await reader.close();
});

test('a long poll ends when something arrives, and an idle one after its time', async () => {
  const topic = await trial.topic('long-poll');
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 0]]));
  const idleFrom = performance.now();
  expect(await reader.poll(200)).toEqual([]);
  expect(performance.now() - idleFrom).toBeLessThan(2000);
  const waiting = reader.poll(30_000);
  const producer = makeBatchProducer(trial.client, { topic });
  await producer.append(record('now'));
  expect((await waiting).map(({ value }) => String(value))).toEqual(['now']);
  const unwanted = reader.poll(30_000);
  await reader.close();
  await expect(unwanted).rejects.toThrow();
  await producer.close();
});

test('a connection that waits for an answer sets no timers', async () => {
  const topic = await trial.topic('timers');
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 0]]));
  await reader.poll(10);
  let timers = 0;
  const hook = createHook({ init: (_id, type) => void (type === 'Timeout' && timers++) }).enable();
  await reader.poll(500);
  hook.disable();
  expect(timers).toBeLessThan(20);
  await reader.close();
});

test('compressed batches of foreign producers are read', async () => {
  const topic = await trial.topic('compressed', 1);
  const toCodec = (compress: (bytes: Buffer) => Buffer) => () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(compress(encoder.buffer)),
    decompress: () => Promise.reject(new Error('not needed here')),
  });
  CompressionCodecs[CompressionTypes.Snappy] = toCodec((bytes) => Buffer.from(snappyCompress(bytes)));
  CompressionCodecs[CompressionTypes.LZ4] = toCodec((bytes) => lz4Compress(bytes));
  CompressionCodecs[CompressionTypes.ZSTD] = toCodec((bytes) => zstdCompressSync(bytes));
  const kafka = new Kafka({
    brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'foreign',
    logLevel: logLevel.NOTHING,
  });
  const foreign = kafka.producer();
  await foreign.connect();
  const codecs = [CompressionTypes.None, CompressionTypes.GZIP, CompressionTypes.Snappy, CompressionTypes.LZ4];
  for (const compression of [...codecs, CompressionTypes.ZSTD]) {
    const messages = Array.from({ length: 50 }, (_, n) => ({
      key: `key-${n}`,
      value: `codec ${compression} `.repeat(20) + n,
      headers: { ce_type: 'x' },
    }));
    await foreign.send({ topic, compression, messages });
  }
  await foreign.disconnect();
  const records = await readAll(topic, 250);
  expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  records.forEach((one, index) => {
    const codec = Math.floor(index / 50);
    expect(String(one.value)).toBe(`codec ${codec} `.repeat(20) + (index % 50));
    expect(one.headers).toEqual({ ce_type: 'x' });
  });
});

test('a reader that starts inside a batch gets exactly what it asked for', async () => {
  const topic = await trial.topic('inside');
  const producer = makeBatchProducer(trial.client, { topic });
  await producer.appendAll(Array.from({ length: 100 }, (_, n) => record(`${n}`)));
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 42]]));
  expect((await reader.poll(1000)).map(({ offset }) => offset)).toEqual(Array.from({ length: 58 }, (_, n) => n + 42));
  await reader.close();
  await producer.close();
});

test('topics: created once, log append time kept, wrong partition counts refused, ids differ', async () => {
  const topic = await trial.topic('append-time', 2, { 'message.timestamp.type': 'LogAppendTime' });
  const again = { name: topic, partitions: 'log', config: {} } as const;
  await ensureTopics(trial.client, [again], { partitions: 2, replicationFactor: 1 });
  await expect(ensureTopics(trial.client, [again], { partitions: 3, replicationFactor: 1 })).rejects.toThrow(
    'has 2 partitions, not 3',
  );
  const other = await trial.topic('other-id');
  expect(await topicId(trial.client, topic)).toMatch(/^[0-9a-f]{32}$/);
  expect(await topicId(trial.client, topic)).not.toBe(await topicId(trial.client, other));
  await expect(topicId(trial.client, `${trial.prefix}absent`)).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
  const producer = makeBatchProducer(trial.client, { topic });
  const before = Date.now();
  await producer.append(record('timed'));
  const [timed] = await readAll(topic, 1, [0, 1]);
  expect(timed?.timestamp).toBeGreaterThanOrEqual(before - 5000);
  await producer.close();
});

test('producer and reader live on when their connections are cut', async () => {
  const topic = await trial.topic('cut');
  const producer = makeBatchProducer(trial.client, { topic });
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 0]]));
  const seen: string[] = [];
  const collect = async (): Promise<void> => {
    const records = await reader.poll(300).catch(() => []);
    seen.push(...records.map(({ value }) => String(value)));
  };
  const appended: string[] = [];
  for (let round = 0; round < 30; round++) {
    const values = Array.from({ length: 20 }, (_, n) => `${round}/${n}`);
    const acks = Promise.all(values.map((value) => producer.append(record(value))));
    if (round % 3 === 0) cutAllConnections();
    await acks;
    appended.push(...values);
    await collect();
  }
  await until('everything read', async () => {
    await collect();
    return seen.length >= appended.length;
  });
  expect(seen).toEqual(appended);
  await producer.close();
  await reader.close();
});

test('a reader of committed records sees a transaction when it is committed, and an aborted one never', async () => {
  const topic = await trial.topic('transactions');
  const kafka = new Kafka({
    ...{ brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','), clientId: 'txn', logLevel: logLevel.NOTHING },
  });
  const producerOf = async (name: string) => {
    const options = { transactionalId: `${trial.prefix}${name}`, idempotent: true, maxInFlightRequests: 1 };
    const producer = kafka.producer(options);
    await producer.connect();
    return producer;
  };
  const [one, two, plain] = [await producerOf('one'), await producerOf('two'), kafka.producer()];
  await plain.connect();
  const message = (value: string) => ({ topic, messages: [{ value, partition: 0 }] });

  const aborted = await one.transaction();
  const open = await two.transaction();
  await aborted.send(message('aborted-1'));
  await plain.send(message('plain-1'));
  await open.send(message('committed-1'));
  await aborted.send(message('aborted-2'));
  await aborted.abort();
  const again = await one.transaction();
  await again.send(message('committed-2'));
  await again.commit();
  await plain.send(message('plain-2'));

  const seen: string[] = [];
  let reached = { nextOffset: 0, endOffset: 0 };
  const reader = makeDirectReader(trial.client, { topic, onlyCommitted: true, onShare: (share) => (reached = share) });
  reader.assign(new Map([[0, 0]]));
  const readOn = async (): Promise<void> => {
    for (const { value } of await reader.poll(500)) seen.push(String(value));
  };
  // What lies behind the open transaction waits for its end, what lies before it does not.
  await until('what comes before the open transaction', async () => {
    await readOn();
    return seen.length > 0;
  });
  await readOn();
  expect(seen).toEqual(['plain-1']);
  expect((await committedEndOffsets(trial.client, topic, [0])).get(0)).toBe(2);

  await open.commit();
  await until('all that is committed', async () => {
    await readOn();
    return seen.length >= 4;
  });
  expect(seen).toEqual(['plain-1', 'committed-1', 'committed-2', 'plain-2']);

  const last = await two.transaction();
  await last.send(message('aborted-3'));
  await last.abort();
  // The marker of its end is written a little later than the abort is answered.
  const [end = 0] = (await endOffsets(trial.client, topic, [0])).values();
  await until('the end behind an aborted transaction', async () => {
    await readOn();
    return reached.nextOffset >= end && reached.nextOffset === reached.endOffset;
  });
  expect(seen).toHaveLength(4);
  // Everybody else reads on as before.
  expect((await readAll(topic, 7)).map(({ value }) => String(value))).toContain('aborted-1');
  await reader.close();
  for (const producer of [one, two, plain]) await producer.disconnect();
});
