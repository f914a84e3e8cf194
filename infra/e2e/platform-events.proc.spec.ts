import { longOr, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, makeApiClient, PATIENT } from './driver/api-client.js';
import { startConsoleProducer, type ProducedRecord } from './driver/console-producer.js';
import { expectRuns, makeEventTests, records, type EventTests } from './driver/event-tests.js';
import {
  deadLettersOf,
  listeningFlow,
  numbers,
  publishAgain,
  requestedIn,
  uniqueWorkspace,
} from './driver/platform-events.js';
import { settledLog } from './driver/settled-log.js';

/** Records of the last test. */
const MANY = longOr(1000, 5000);
/** Records of one write in the test of rebalances. */
const SOME = longOr(100, 300);

let services: IsolatedServices;
let second: IsolatedServices;
let events: EventTests;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_MAX_EVENT_TOPICS: '2' } });
  second = await startServices({ env: services.env, only: ['trigger-service'] });
  events = makeEventTests(services);
});

afterAll(async () => {
  await events?.removeTopics();
  await second?.close();
  await services?.close();
});

it('poison goes to the dead letters and holds up nobody', async () => {
  const { workspaceId, topic } = await events.listening({ filter: 'event.n >= 0' });
  const poison: readonly ProducedRecord[] = [
    { value: '{"m":1}' },
    { value: 'not json' },
    { value: '{"n":1}', headers: { ce_flowsdepth: '17' } },
    { value: '{"n":1}', headers: { ce_flowsdepth: 'deep' } },
    { value: '[]', headers: { 'content-type': 'application/cloudevents+json' } },
  ];
  const filtered = records([-1, -2]);
  await events.produce(topic, [...records(numbers(5)), ...poison, ...filtered, ...records(numbers(5, 5))]);
  await expectRuns(events, workspaceId, numbers(10));
  const deadLettered = async (): Promise<boolean> => {
    return (await deadLettersOf(services.env, workspaceId)).length >= poison.length;
  };
  await waitUntil('the poison in the dead letters', deadLettered, { timeoutMs: 180_000, everyMs: 250 });
  const letters = await deadLettersOf(services.env, workspaceId);
  const reasons = letters.map((letter) => letter['x-dlq-reason']?.split(':')[0] ?? '');
  expect(reasons.toSorted((a, b) => a.localeCompare(b))).toEqual([
    ...['INVALID_EXPRESSION', 'INVALID_EXPRESSION', 'INVALID_INPUT', 'INVALID_INPUT', 'INVALID_INPUT'],
  ]);
  expect(new Set(letters.map((letter) => `${letter['x-dlq-trigger']} ${letter['x-dlq-origin-topic']}`))).toEqual(
    new Set([`F:platform-event:tick ${topic}`]),
  );
});

it('a foreign workspace’s topic never fires, nor do records that name another tenant', async () => {
  const mine = await events.listening();
  const foreign = await events.listening({}, 'globex');
  const named = (of: number, headers: Readonly<Record<string, string>>): ProducedRecord => ({
    ...{ value: JSON.stringify({ n: of }), headers },
  });
  await events.produce(foreign.topic, records(numbers(3, 100)));
  await events.produce(mine.topic, [
    named(7, { ce_tenantid: 'globex' }),
    named(8, { 'ce-workspaceid': foreign.workspaceId }),
    named(0, { ce_tenantid: 'acme', 'ce-workspaceid': mine.workspaceId }),
    ...records([1]),
  ]);
  await expectRuns(events, mine.workspaceId, [0, 1]);
  await expectRuns(events, foreign.workspaceId, numbers(3, 100));
});

it('event types that Kafka cannot tell apart have a topic each, and one more than allowed has none', async () => {
  const workspaceId = uniqueWorkspace();
  const mine = makeApiClient(services.url, { tenantId: 'acme', workspaceId });
  const other = makeApiClient(services.url, { tenantId: 'globex', workspaceId: `${workspaceId}_pay` });
  const topics = [
    await events.topicOf(mine, 'dotted', 'pay.done'),
    await events.topicOf(mine, 'underscored', 'pay_done'),
    await events.topicOf(other, 'foreign', 'done'),
  ];
  expect(topics[0]).toBe(`evt.${workspaceId}.pay.done`);
  expect(new Set(topics.map((topic) => topic.replaceAll('.', '_'))).size).toBe(3);

  const draft = async (flowId: string): Promise<void> => {
    const body = { name: flowId, flowId, definition: listeningFlow(flowId) };
    expectStatus(await mine.call('POST', '/flows', { body, headers: PATIENT }), 201);
  };
  const publishing = (flowId: string) => mine.call('POST', `/flows/${flowId}/versions`, { headers: PATIENT });
  for (const flowId of ['third', 'fourth']) await draft(flowId);
  expect(await publishing('third')).toMatchObject({
    ...{ status: 429 },
    body: { code: 'QUOTA_EXCEEDED', dimension: 'max_event_topics', scope: 'workspace', limit: 2, usage: 2 },
  });

  for (const [index, topic] of topics.entries()) await events.produce(topic, records([index]));
  await expectRuns(events, workspaceId, [0, 1]);
  await expectRuns(events, `${workspaceId}_pay`, [2]);
  const requested = requestedIn(await settledLog(services.env), workspaceId);
  const started = requested.map(({ event }) => `${event.data.flowId} ${event.data.input}`);
  expect(new Set(started)).toEqual(new Set(['dotted {"n":0}', 'underscored {"n":1}']));

  await publishAgain(mine, 'underscored', { ...listeningFlow('pay_done'), triggers: [] });
  expect(await publishing('third')).toMatchObject({ status: 201 });
  expect(await publishing('fourth')).toMatchObject({ status: 429 });
  expect(await mine.call('DELETE', '/flows/third', { headers: PATIENT })).toMatchObject({ status: 200 });
  expect(await publishing('fourth')).toMatchObject({ status: 201 });
});

it('a rebalance between two instances loses and doubles nothing', async () => {
  const { workspaceId, topic } = await events.listening();
  const producer = await startConsoleProducer(events.brokers, topic, 'zstd');
  for (let round = 0; round < 3; round += 1) {
    await producer.write(records(numbers(SOME, round * 2 * SOME)));
    await second.stop('trigger-service');
    await producer.write(records(numbers(SOME, (round * 2 + 1) * SOME)));
    await second.start('trigger-service');
  }
  await producer.close();
  await expectRuns(events, workspaceId, numbers(6 * SOME));
});

it('a publish while records arrive: one version each, switched at one position of the log', async () => {
  const { client, workspaceId, topic } = await events.listening();
  const producer = await startConsoleProducer(events.brokers, topic);
  const perSecond = Math.ceil(1000 / 60);
  await producer.write(records(numbers(perSecond)));
  await events.runs(workspaceId, 1);
  let written = perSecond;
  const arrive = async (seconds: number): Promise<void> => {
    for (const until = written + seconds * perSecond; written < until; written += perSecond) {
      await producer.write(records(numbers(perSecond, written)));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  await arrive(2);
  const publishing = publishAgain(client, 'F', listeningFlow('tick'));
  let isPublished = false;
  void publishing.finally(() => (isPublished = true));
  while (!isPublished) await arrive(1);
  await arrive(2);
  await producer.close();
  expect(await publishing).toBe(2);
  await expectRuns(events, workspaceId, numbers(written));
  const log = await settledLog(services.env);
  const switchedAt = log.events.find(
    (record) =>
      record.kind === 'event' &&
      record.event.type === 'FlowVersionPublished' &&
      record.event.meta.workspaceId === workspaceId &&
      record.event.data.version === 2,
  );
  const requested = requestedIn(log, workspaceId);
  const versions = requested.map(({ event, offset }) => [
    offset > (switchedAt?.offset ?? 0) ? 2 : 1,
    event.data.version,
  ]);
  expect(versions.filter(([expected, actual]) => expected !== actual)).toEqual([]);
  expect(new Set(requested.map(({ event }) => event.data.version))).toEqual(new Set([1, 2]));
});

// Last, since the engine goes on with its runs for a while.
const many = MANY.toLocaleString('en');
it(`${many} records from a foreign producer while the trigger-service is killed five times: ${many} runs`, async () => {
  const { workspaceId, topic } = await events.listening();
  const producer = await startConsoleProducer(events.brokers, topic, 'lz4');
  await producer.write(records(numbers(MANY / 2)));
  for (let kill = 0; kill < 5; kill += 1) {
    await events.runs(workspaceId, MANY * (0.04 + kill * 0.16));
    const victim = kill % 2 === 0 ? services : second;
    await victim.restarted('trigger-service', victim.kill('trigger-service'));
    await producer.write(records(numbers(MANY / 10, MANY / 2 + (kill * MANY) / 10)));
  }
  await producer.close();
  await expectRuns(events, workspaceId, numbers(MANY));
});
