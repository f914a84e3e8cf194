import { randomUUID } from 'node:crypto';
import { platformEventTopic, type JsonObject } from '@flowplane/contracts';
import {
  connectKafka,
  deleteTopics,
  endOffsets,
  ensureTopic,
  makeDirectReader,
  makeTopicPublisher,
  topicId,
  type KafkaClient,
  type LogRecord,
  type TopicPublisher,
} from '@flowplane/plumbing/kafka';
import { startKafkaTrial, until, type KafkaTrial } from '@flowplane/plumbing/test/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { openEventTopics, TooManyEventTopics, type EventTopics } from '@flowplane/runtime/event-topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskAttempt } from '../task-handler.js';
import {
  attemptOf,
  openCountingListener,
  PLAIN_TOPICS,
  signedTenant,
  taskErrorOf,
} from '../../../test/tasks/attempts.js';
import { openDataDatabase, type DataDatabase } from '../../../test/tasks/data-database.js';
import { makeEventsPublish } from './events-publish.js';

const workspace = `w${randomUUID().slice(0, 8)}`;
const tenant = signedTenant('t1', workspace);
const logger = makeLogger({ service: 'test', level: 'silent' });
const physical = (topic: string): string => `evt.${workspace}.${topic}`;

let trial: KafkaTrial;
let publisher: TopicPublisher;
let database: DataDatabase;
let eventTopics: EventTopics;
beforeAll(async () => {
  trial = await startKafkaTrial('events-publish');
  database = await openDataDatabase('');
  const { admin: pool } = database;
  eventTopics = await openEventTopics({ statePool: pool, readPool: pool, kafka: trial.client, limit: 100 });
  publisher = makeTopicPublisher(trial.client, { replicationFactor: 1, maxTopics: 2, deliveryTimeoutMs: 2000 });
});
afterAll(async () => {
  await publisher.close();
  const named = await database.admin.query<{ topic: string }>('SELECT topic FROM event_topics.names');
  await deleteTopics(
    trial.client,
    named.rows.map(({ topic }) => topic),
  );
  await database.close();
  await trial.end();
});

function publish(topic: string, messages: JsonObject[], over: Partial<TaskAttempt> = {}): Promise<JsonObject> {
  return makeEventsPublish({ publish: publisher.publish, eventTopics })({ topic, messages }, attemptOf(tenant, over));
}

/** Every record of a topic, by partition and offset. */
const recordsOf = (client: KafkaClient, topic: string, partitions: number): Promise<readonly LogRecord[]> =>
  recordsIn(client, physical(topic), partitions);

async function recordsIn(client: KafkaClient, topic: string, partitions: number): Promise<readonly LogRecord[]> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const ends = await endOffsets(client, topic, all);
  const wanted = [...ends.values()].reduce((sum, end) => sum + end, 0);
  const reader = makeDirectReader(client, { topic });
  reader.assign(new Map(all.map((partition) => [partition, 0])));
  const records: LogRecord[] = [];
  while (records.length < wanted) records.push(...(await reader.poll(500)));
  await reader.close();
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}
function grouped<T>(items: readonly T[], by: (item: T) => string | undefined): readonly (readonly T[])[] {
  const groups = new Map<string | undefined, T[]>();
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item]);
  return [...groups.values()];
}
const texts = (records: readonly LogRecord[]) =>
  records.map(({ key, value }) => [key?.toString('utf8') ?? null, value?.toString('utf8')]);

describe('records', () => {
  it('stand in a topic that was created, with keys as text, values as they are or as JSON, and the headers', async () => {
    const messages = [
      { key: 'a', value: 'plain text' },
      { key: 'a', value: { n: 1, t: 'ü' } },
      { key: 'a', value: '{"already":"json"}' },
      { key: 'a', value: null },
      { key: 'a', value: [1, 'two'] },
      { key: 'a', value: 1.5 },
    ];
    expect(await publish('order.created', messages)).toEqual({ topic: 'order.created', published: 6 });
    const records = await recordsOf(trial.client, 'order.created', 3);
    expect(texts(records)).toEqual([
      ['a', 'plain text'],
      ['a', '{"n":1,"t":"ü"}'],
      ['a', '{"already":"json"}'],
      ['a', 'null'],
      ['a', '[1,"two"]'],
      ['a', '1.5'],
    ]);
    expect(records[0]?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ce_type: 'order.created',
      ce_source: 'flowplane/flows/f1',
      ce_tenantid: 't1',
      ce_workspaceid: workspace,
      ce_flowsdepth: '0',
      'x-correlation-id': 'correlation-1',
    });
    expect(new Set(records.map(({ headers }) => headers['ce_id'])).size).toBe(6);
  });

  it('turn keys into text, and have the same id in every attempt of a node', async () => {
    const messages = [
      { key: 7, value: 'n' },
      { key: true, value: 'b' },
      { key: null, value: 'none' },
      { value: 'absent' },
    ];
    const over = { origin: { correlationId: 'c-2', eventDepth: 3 } };
    await publish('keys', messages, over);
    await publish('keys', messages, over);
    const records = await recordsOf(trial.client, 'keys', 3);
    expect(new Set(records.map(({ key }) => key?.toString('utf8') ?? null))).toEqual(new Set(['7', 'true', null]));
    expect(new Set(records.map(({ headers }) => headers['ce_id'])).size).toBe(4);
    expect(records[0]?.headers).toMatchObject({ ce_flowsdepth: '3', 'x-correlation-id': 'c-2' });
    const byId = grouped(records, ({ headers }) => headers['ce_id']);
    for (const same of byId) expect(new Set(same.map(({ value }) => value?.toString())).size).toBe(1);
  });

  it('keep their order by key and without one, however many there are', async () => {
    const messages = Array.from({ length: 5000 }, (_, index) => ({
      ...(index % 3 === 0 ? {} : { key: `k${index % 7}` }),
      value: String(index),
    }));
    expect(await publish('many', messages)).toEqual({ topic: 'many', published: 5000 });
    const records = await recordsOf(trial.client, 'many', 3);
    expect(records).toHaveLength(5000);
    for (const same of grouped(records, ({ key }) => key?.toString())) {
      const order = same.map(({ value }) => Number(value?.toString()));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(new Set(same.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  it('hold as much as a task may send', async () => {
    await publish('large', [{ value: 'x'.repeat(2_000_000) }]);
    expect((await recordsOf(trial.client, 'large', 3))[0]?.value?.length).toBe(2_000_000);
  });

  it('go to topics as they are found, also when they were created again', async () => {
    const spec = { name: physical('found'), partitions: 1, config: { 'max.message.bytes': '2000' } };
    await ensureTopic(trial.client, spec, { partitions: 1, replicationFactor: 1 });
    const messages = Array.from({ length: 100 }, (_, index) => ({ key: String(index), value: 'x' }));
    const tooLarge = await taskErrorOf(publish('found', [{ value: 'x'.repeat(3000) }]));
    expect(tooLarge).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
    await publish('found', messages.slice(0, 3));
    await deleteTopics(trial.client, [physical('found')]);
    await until('the topic is gone', () =>
      topicId(trial.client, physical('found')).then(
        () => false,
        () => true,
      ),
    );
    expect(await taskErrorOf(publish('found', messages))).toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      retryable: true,
    });
    await publish('found', messages);
    expect(await recordsOf(trial.client, 'found', 3)).toHaveLength(100);
  });

  it('are written to more topics at once than connections are kept for', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `at-once-${index}`);
    await Promise.all([...names, ...names].map((name) => publish(name, [{ value: name }])));
    for (const name of names) expect(await recordsOf(trial.client, name, 3)).toHaveLength(2);
  }, 120_000);
});

describe('failures', () => {
  it('an empty list asks nobody', async () => {
    const listener = await openCountingListener();
    const client = await connectKafka({ brokers: [`127.0.0.1:${listener.port}`], clientId: 'empty' }, logger);
    const unreachable = makeTopicPublisher(client, { replicationFactor: 1, deliveryTimeoutMs: 500 });
    const task = makeEventsPublish({ publish: unreachable.publish, eventTopics: PLAIN_TOPICS });
    const empty = await taskErrorOf(task({ topic: 'a', messages: [] }, attemptOf(tenant)));
    expect(empty).toMatchObject({ code: 'EMPTY_PUBLISH', retryable: false });
    expect(listener.connections()).toBe(0);
    const lost = await taskErrorOf(task({ topic: 'a', messages: [{ value: 1 }] }, attemptOf(tenant)));
    expect(lost).toMatchObject({ code: 'BROKER_UNAVAILABLE', retryable: true });
    expect(listener.connections()).toBeGreaterThan(0);
    listener.close();
    await client.close();
  });

  it('a registry that cannot be asked is asked again, and one that is full is not', async () => {
    const failing = (cause: Error) => ({ use: () => Promise.reject(cause) });
    const run = (cause: Error) =>
      makeEventsPublish({ publish: publisher.publish, eventTopics: failing(cause) })(
        { topic: 'a', messages: [{ value: 1 }] },
        attemptOf(tenant),
      );
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(await taskErrorOf(run(away))).toMatchObject({ code: 'BROKER_UNAVAILABLE', retryable: true });
    const full = await taskErrorOf(run(new TooManyEventTopics(100, 100)));
    expect(full).toMatchObject({ code: 'QUOTA_EXCEEDED', retryable: false });
    expect(full.message).toContain('at most 100');
  });
});

it('topics whose names Kafka cannot tell apart have one each, which triggers of the workspace listen to as well', async () => {
  const types = ['same.name', 'same_name', 'same.name'];
  for (const type of types) await publish(type, [{ value: type }]);
  const topicOf = (type: string) =>
    eventTopics.use(tenant, platformEventTopic(workspace, type), 'trigger', ({ name }) => Promise.resolve(name));
  const [first, second] = [await topicOf('same.name'), await topicOf('same_name')];
  expect(first).toBe(physical('same.name'));
  expect(second).not.toBe(physical('same_name'));
  expect(texts(await recordsOf(trial.client, 'same.name', 3))).toEqual([
    [null, 'same.name'],
    [null, 'same.name'],
  ]);
  const other = await recordsIn(trial.client, second, 3);
  expect(texts(other)).toEqual([[null, 'same_name']]);
  expect(other[0]?.headers['ce_type']).toBe('same_name');
});
