import { startServices, waitUntil, type IsolatedServices } from '@flowplane/infra/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type ApiClient } from './driver/api-client.js';
import { produce, startConsoleProducer, type ProducedRecord } from './driver/console-producer.js';
import { checkLog } from './driver/log-check.js';
import {
  deadLettersOf,
  inputNumbers,
  listeningFlow,
  numbers,
  publishAgain,
  removeTopics,
  requestedIn,
  runsByStatus,
  sumOf,
  uniqueWorkspace,
} from './driver/platform-events.js';
import { settledLog } from './driver/settled-log.js';

/** On a busy machine. */
const ALL_STARTED_MS = 240_000;

let services: IsolatedServices;
let second: IsolatedServices;
const topics: string[] = [];

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  second = await startServices({ env: services.env, only: ['trigger-service'] });
});

afterAll(async () => {
  if (services !== undefined) await removeTopics(services.env, topics);
  await second?.close();
  await services?.close();
});

type Listening = { readonly client: ApiClient; readonly workspaceId: string; readonly topic: string };

/** A tenant's workspace with a flow `F` that listens to records of type `tick`. */
async function listening(more: object = {}, tenantId = 'acme'): Promise<Listening> {
  const workspaceId = uniqueWorkspace();
  const topic = `evt.${workspaceId}.tick`;
  topics.push(topic);
  const client = makeApiClient(services.url, { tenantId, workspaceId });
  await publishFlow(client, 'F', listeningFlow('tick', more));
  return { client, workspaceId, topic };
}

const brokers = (): string => services.env['KAFKA_BROKERS'] ?? '';
const records = (of: readonly number[]): readonly ProducedRecord[] => of.map((n) => ({ value: JSON.stringify({ n }) }));

async function runs(workspaceId: string, count: number): Promise<void> {
  const there = async (): Promise<boolean> => sumOf(await runsByStatus(services.env, workspaceId)) >= count;
  await waitUntil(`${count} runs in ${workspaceId}`, there, { timeoutMs: ALL_STARTED_MS, everyMs: 250 });
}

/** Exactly one run for each of the numbers that were produced, by the log. */
async function expectRuns(workspaceId: string, expected: readonly number[]): Promise<void> {
  await runs(workspaceId, expected.length);
  const log = await settledLog(services.env, 60_000);
  expect(checkLog(log, {})).toEqual([]);
  const requested = requestedIn(log, workspaceId);
  expect(new Set(requested.map(({ event }) => event.data.executionId)).size).toBe(requested.length);
  expect(inputNumbers(requested)).toEqual(expected);
  expect(new Set(requested.map(({ event }) => `${event.data.triggerType} ${event.meta.actorId}`))).toEqual(
    new Set(['platform_event apikey:service']),
  );
}

it('poison goes to the dead letters and holds up nobody', async () => {
  const { workspaceId, topic } = await listening({ filter: 'event.n >= 0' });
  const poison: readonly ProducedRecord[] = [
    { value: '{"m":1}' },
    { value: 'not json' },
    { value: '{"n":1}', headers: { ce_flowsdepth: '17' } },
    { value: '{"n":1}', headers: { ce_flowsdepth: 'deep' } },
    { value: '[]', headers: { 'content-type': 'application/cloudevents+json' } },
  ];
  const filtered = records([-1, -2]);
  await produce(brokers(), topic, [...records(numbers(5)), ...poison, ...filtered, ...records(numbers(5, 5))]);
  await expectRuns(workspaceId, numbers(10));
  const buried = async (): Promise<boolean> => {
    return (await deadLettersOf(services.env, workspaceId)).length >= poison.length;
  };
  await waitUntil('the poison in the dead letters', buried, { timeoutMs: 60_000, everyMs: 250 });
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
  const mine = await listening();
  const foreign = await listening({}, 'globex');
  const named = (of: number, headers: Readonly<Record<string, string>>): ProducedRecord => ({
    ...{ value: JSON.stringify({ n: of }), headers },
  });
  await produce(brokers(), foreign.topic, records(numbers(3, 100)));
  await produce(brokers(), mine.topic, [
    named(7, { ce_tenantid: 'globex' }),
    named(8, { 'ce-workspaceid': foreign.workspaceId }),
    named(0, { ce_tenantid: 'acme', 'ce-workspaceid': mine.workspaceId }),
    ...records([1]),
  ]);
  await expectRuns(mine.workspaceId, [0, 1]);
  await expectRuns(foreign.workspaceId, numbers(3, 100));
});

it('a rebalance between two instances loses and doubles nothing', async () => {
  const { workspaceId, topic } = await listening();
  const producer = await startConsoleProducer(brokers(), topic, 'zstd');
  for (let round = 0; round < 3; round += 1) {
    await producer.write(records(numbers(300, round * 600)));
    await second.stop('trigger-service');
    await producer.write(records(numbers(300, round * 600 + 300)));
    await second.start('trigger-service');
  }
  await producer.close();
  await expectRuns(workspaceId, numbers(1800));
});

it('a publish while records arrive: one version each, switched at one position of the log', async () => {
  const { client, workspaceId, topic } = await listening();
  const producer = await startConsoleProducer(brokers(), topic);
  const perSecond = Math.ceil(1000 / 60);
  await producer.write(records(numbers(perSecond)));
  await runs(workspaceId, 1);
  let written = perSecond;
  const arrive = async (seconds: number): Promise<void> => {
    for (const until = written + seconds * perSecond; written < until; written += perSecond) {
      await producer.write(records(numbers(perSecond, written)));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  await arrive(5);
  const publishing = publishAgain(client, 'F', listeningFlow('tick'));
  let isPublished = false;
  void publishing.finally(() => (isPublished = true));
  while (!isPublished) await arrive(1);
  await arrive(5);
  await producer.close();
  expect(await publishing).toBe(2);
  await expectRuns(workspaceId, numbers(written));
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
it('5,000 records from a foreign producer while the trigger-service is killed five times: 5,000 runs', async () => {
  const { workspaceId, topic } = await listening();
  const producer = await startConsoleProducer(brokers(), topic, 'lz4');
  await producer.write(records(numbers(2500)));
  for (let kill = 0; kill < 5; kill += 1) {
    await runs(workspaceId, 200 + kill * 800);
    const victim = kill % 2 === 0 ? services : second;
    await victim.restarted('trigger-service', victim.kill('trigger-service'));
    await producer.write(records(numbers(500, 2500 + kill * 500)));
  }
  await producer.close();
  await expectRuns(workspaceId, numbers(5000));
});
