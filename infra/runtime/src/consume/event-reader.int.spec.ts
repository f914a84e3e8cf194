import { randomUUID } from 'node:crypto';
import {
  encodeEpochStarted,
  encodeEvent,
  HEADER,
  packLogHeader,
  START_OF_LOG,
  UnknownSchema,
  type Event,
  type EventMeta,
  type ReadPosition,
} from '@flowplane/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKafkaTrial, until, type KafkaTrial } from '@flowplane/plumbing/test/kafka';
import {
  AppendFault,
  endOffsets,
  type KafkaFault,
  makeBatchProducer,
  makeFencedProducer,
} from '@flowplane/plumbing/kafka';
import type { OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import {
  haltedGauge,
  makeEventReader,
  makeHaltedPartitions,
  type EventReaderOptions,
  type EventRecord,
} from './index.js';

let trial: KafkaTrial;
beforeAll(async () => {
  trial = await startKafkaTrial('int-events');
});
afterAll(() => trial.end());

const marker = (epoch: number, owner: string): OutgoingRecord => ({
  partition: 0,
  key: 'p0',
  value: encodeEpochStarted({ partition: 0, epoch, owner, commandsTopicId: 'c', startedAt: 1 }),
  headers: { [HEADER.log]: packLogHeader({ epoch, owner, commandOffset: -1, index: 0 }) },
});

function event(epoch: number, owner: string, commandOffset: number): OutgoingRecord {
  const meta: EventMeta = {
    eventId: randomUUID(),
    tenantId: 'T',
    workspaceId: 'W',
    commandId: `${owner}-${commandOffset}`,
    commandType: 'DeleteFlow',
    commandOffset,
    attempt: 1,
    index: 0,
    count: 1,
    actorId: 'a',
    correlationId: 'c',
    traceparent: null,
    submittedAt: 1,
    occurredAt: 2,
    idempotency: null,
  };
  const deleted: Event = { type: 'FlowDeleted', meta, data: { flowId: 'F', revision: 1 } };
  return {
    partition: 0,
    key: 'T',
    value: encodeEvent(deleted),
    headers: {
      [HEADER.type]: deleted.type,
      [HEADER.log]: packLogHeader({ epoch, owner, commandOffset, index: 0 }),
    },
  };
}

async function readFrom(
  topic: string,
  from: ReadPosition,
  maxBytes = 2000,
  options: Pick<EventReaderOptions, 'readAhead' | 'without'> & Partial<Pick<EventReaderOptions, 'onNewer'>> = {},
) {
  const end = (await endOffsets(trial.client, topic, [0])).get(0) as number;
  const markers: string[] = [];
  const reader = makeEventReader(trial.client, {
    onNewer: 'throw',
    ...options,
    topic,
    maxBytes,
    onMarker: ({ marker: { owner } }) => void markers.push(owner),
  });
  reader.assign(new Map([[0, from]]));
  const records: EventRecord[] = [];
  const positions: ReadPosition[] = [];
  let position = from;
  while (position.offset < end) {
    for (const batch of await reader.poll(1000)) {
      records.push(...batch.records);
      position = batch.position;
      positions.push(position);
    }
  }
  await reader.close();
  const ids = records.map((record) => (record.kind === 'event' ? record.event.meta.commandId : 'poison'));
  return { ids, position, positions, markers };
}

/** A log with everything that must not count: late and equal markers, a zombie's events, foreign and broken records. */
const PLANTED: readonly OutgoingRecord[] = [
  event(1, 'nobody', 0),
  marker(1, 'a'),
  event(1, 'a', 0),
  { ...event(1, 'a', 1), headers: {} },
  marker(2, 'b'),
  event(1, 'a', 1), // zombie
  event(2, 'b', 1),
  marker(2, 'c'), // late marker of equal epoch: first wins
  event(2, 'c', 2),
  event(2, 'b', 2),
  marker(1, 'd'),
  event(1, 'd', 3),
  event(3, 'b', 3), // the owner's name under an epoch that is not its own
  { ...event(2, 'b', 3), value: Buffer.from('not ours') },
  event(2, 'b', 4),
  marker(5, 'e'),
  event(2, 'b', 5),
  event(5, 'e', 5),
];

describe('the reader rule over a real log', () => {
  let topic: string;
  beforeAll(async () => {
    topic = await trial.topic('planted');
    const producer = makeBatchProducer(trial.client, { topic, maxBatchRecords: 4 });
    await Promise.all(PLANTED.map((record) => producer.append(record)));
    await producer.close();
  });

  test('only events of rightful owners come out, broken ones are not skipped silently', async () => {
    const { ids, position, markers } = await readFrom(topic, START_OF_LOG);
    expect(ids).toEqual(['a-0', 'b-1', 'b-2', 'poison', 'b-4', 'e-5']);
    expect(markers).toEqual(['a', 'b', 'e']);
    expect(position).toEqual({ offset: PLANTED.length, epoch: 5, owner: 'e' });
  });

  test('a reader that reads ahead finds the same, one record at a time', async () => {
    const { ids, position, markers } = await readFrom(topic, START_OF_LOG, 1, { readAhead: true });
    expect(ids).toEqual(['a-0', 'b-1', 'b-2', 'poison', 'b-4', 'e-5']);
    expect(markers).toEqual(['a', 'b', 'e']);
    expect(position).toEqual({ offset: PLANTED.length, epoch: 5, owner: 'e' });
  });

  test('types that are not wanted are judged all the same, and not decoded', async () => {
    const { ids, position, markers } = await readFrom(topic, START_OF_LOG, 2000, { without: new Set(['FlowDeleted']) });
    expect(ids).toEqual([]);
    expect(markers).toEqual(['a', 'b', 'e']);
    expect(position).toEqual({ offset: PLANTED.length, epoch: 5, owner: 'e' });
  });

  test('a reader started at any position that was reached before agrees with one from the start', async () => {
    const whole = await readFrom(topic, START_OF_LOG, 1);
    expect(whole.positions.length).toBeGreaterThan(3);
    for (const from of whole.positions) {
      const { ids, position } = await readFrom(topic, from);
      expect(whole.ids.slice(whole.ids.length - ids.length)).toEqual(ids);
      expect(position).toEqual(whole.position);
      expect(ids.length).toBe(whole.ids.length - (await idsUpTo(topic, from.offset)));
    }
  });
});

/** As a release after this one would write it. */
const newer = (record: OutgoingRecord): OutgoingRecord => ({
  ...record,
  value: Buffer.concat([record.value.subarray(0, 2), Buffer.from('newer...'), record.value.subarray(10)]),
});

describe('a record of a newer release', () => {
  const both = (record: OutgoingRecord): readonly OutgoingRecord[] => [record, { ...record, partition: 1 }];
  let topic: string;
  beforeAll(async () => {
    topic = await trial.topic('newer', 2);
    const producer = makeBatchProducer(trial.client, { topic });
    const log = [
      ...both(marker(1, 'a')),
      ...both(event(1, 'a', 0)),
      newer(event(1, 'a', 1)),
      ...both(event(1, 'a', 2)),
    ];
    for (const record of log) await producer.append(record);
    await producer.close();
  });

  test('stops its partition in front of it, and no other, until the partitions are given out again', async () => {
    const gauge = haltedGauge(makeMetrics());
    const lines: object[] = [];
    const logger = { error: (line: object) => void lines.push(line) } as unknown as Logger;
    const onNewer = makeHaltedPartitions({ consumer: 'spec', topic, logger, gauge });
    const reader = makeEventReader(trial.client, { topic, onNewer });
    const seen = new Map<number, number>();
    const readUntilQuiet = async (): Promise<void> => {
      for (let quiet = 0; quiet < 2;) {
        const batches = await reader.poll(200);
        for (const { partition, records } of batches) seen.set(partition, (seen.get(partition) ?? 0) + records.length);
        quiet = batches.length === 0 ? quiet + 1 : 0;
      }
    };
    const halted = { alert: 'halted-partition', consumer: 'spec', partition: 0, offset: 2 };
    reader.assign(new Map([0, 1].map((partition) => [partition, START_OF_LOG])));
    await readUntilQuiet();
    expect(Object.fromEntries(seen)).toEqual({ 0: 1, 1: 2 });
    expect(lines).toMatchObject([halted]);
    expect((await gauge.get()).values).toMatchObject([{ value: 1, labels: { consumer: 'spec', partition: '0' } }]);
    reader.assign(new Map([[0, { offset: 2, epoch: 1, owner: 'a' }]]));
    await readUntilQuiet();
    expect(Object.fromEntries(seen)).toEqual({ 0: 1, 1: 2 });
    expect(lines).toMatchObject([halted, halted]);
    reader.assign(new Map([[1, START_OF_LOG]]));
    expect((await gauge.get()).values).toEqual([]);
    await reader.close();
  });

  test('is passed over by who keeps nothing, and thrown to who asks for that', async () => {
    expect(await readFrom(topic, START_OF_LOG, 2000, { onNewer: 'pass' })).toMatchObject({ ids: ['a-0', 'a-2'] });
    await expect(readFrom(topic, START_OF_LOG, 2000, { onNewer: 'throw' })).rejects.toThrow(UnknownSchema);
  });
});

async function idsUpTo(topic: string, offset: number): Promise<number> {
  const reader = makeEventReader(trial.client, { topic, maxBytes: 1, onNewer: 'throw' });
  reader.assign(new Map([[0, START_OF_LOG]]));
  let count = 0;
  for (let reached = 0; reached < offset;) {
    for (const batch of await reader.poll(1000)) {
      count += batch.records.length;
      reached = batch.position.offset;
    }
  }
  await reader.close();
  return count;
}

test('the broker refuses the older holder of a transactional id once the newer one has written', async () => {
  const topic = await trial.topic('fenced');
  const options = { topic, partition: 0, transactionalId: `${trial.prefix}writer` };
  // The broker's first transactional id ever makes it create the topic behind them, which takes a moment.
  const first = await until('a transaction coordinator', () =>
    makeFencedProducer(trial.client, options).catch((fault: KafkaFault) => {
      if (!fault.retryable) throw fault;
    }),
  );
  expect(await first.send([event(1, 'a', 0), event(1, 'a', 1)])).toEqual({ baseOffset: 0 });
  expect(await first.send([event(1, 'a', 2)])).toEqual({ baseOffset: 2 });
  const second = await makeFencedProducer(trial.client, options);
  expect(await second.send([event(2, 'b', 3)])).toEqual({ baseOffset: 3 });
  await expect(first.send([event(1, 'a', 4)])).rejects.toMatchObject({
    details: { appended: 'no' },
    cause: { name: 'ProducerFenced' },
  });
  await expect(first.send([event(1, 'a', 4)])).rejects.not.toBeInstanceOf(AppendFault);
  expect(await second.send([event(2, 'b', 4)])).toEqual({ baseOffset: 4 });
  first.close();
  second.close();
});
