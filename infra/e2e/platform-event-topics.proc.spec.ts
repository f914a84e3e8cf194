import {
  longOr,
  startServices,
  startStack,
  waitUntil,
  type IsolatedServices,
  type IsolatedStack,
} from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { produce, startConsoleProducer } from './driver/console-producer.js';
import { expectRuns, makeEventTests, records, type EventTests } from './driver/event-tests.js';
import { readTopic, withLog } from './driver/log-reader.js';
import { deadLettersOf, listeningFlow, numbers, publishAgain } from './driver/platform-events.js';
import { topicTool } from './driver/topic-tool.js';

/** Records between two kills of the broker. */
const SOME = longOr(100, 300);

/** Of its own, since its broker is killed. */
let stack: IsolatedStack;
let services: IsolatedServices;
let events: EventTests;

beforeAll(async () => {
  stack = await startStack();
  services = await startServices({
    endpoints: stack.endpoints,
    env: {
      FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
      FLOWS_QUOTA_COMMAND_RATE: '-1',
      FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '-1',
      FLOWS_QUOTA_OVERRIDES: JSON.stringify({ small: { flow_starts_per_minute: 2 } }),
      FLOWS_EVENT_MAX_RETRIES: '2',
      FLOWS_EVENT_TOPICS_INTERVAL: '1s',
    },
  });
  events = makeEventTests(services);
});
afterAll(async () => {
  await services?.close();
  await stack?.close();
});

async function reasonsOfDeadLetters(workspaceId: string, count: number): Promise<readonly (string | undefined)[]> {
  const there = async (): Promise<boolean> => (await deadLettersOf(services.env, workspaceId)).length >= count;
  await waitUntil(`${count} dead letters`, there, { timeoutMs: 180_000, everyMs: 250 });
  return (await deadLettersOf(services.env, workspaceId)).map((letter) => letter['x-dlq-reason']);
}

/** The records of a topic of three partitions, in ascending order. */
async function numbersIn(topic: string): Promise<readonly number[]> {
  const found = await withLog(services.env, (kafka) => readTopic(kafka, topic, 3));
  return found
    .map(({ value }) => (JSON.parse(value?.toString('utf8') ?? '') as { readonly n: number }).n)
    .toSorted((a, b) => a - b);
}

it('what lies in partitions that were added, before anybody knew of them, starts runs as well', async () => {
  const { workspaceId, topic } = await events.listening();
  await events.produce(topic, records(numbers(10)));
  await events.runs(workspaceId, 10);
  await topicTool(events.brokers, '--alter', '--topic', topic, '--partitions', '8');
  await events.produce(topic, records(numbers(80, 10)), 'keyed');
  await expectRuns(events, workspaceId, numbers(90));
});

it('a topic that is deleted and created again is listened to from its beginning', async () => {
  const { workspaceId, topic } = await events.listening();
  await events.produce(topic, records(numbers(10)));
  await events.runs(workspaceId, 10);
  await events.removeTopic(topic);
  await topicTool(events.brokers, '--create', '--topic', topic, '--partitions', '2');
  await events.produce(topic, records(numbers(10, 10)));
  await expectRuns(events, workspaceId, numbers(20));
});

it('nothing is passed over when such a topic is published on before its records were read', async () => {
  const { client, workspaceId, topic } = await events.listening();
  await events.produce(topic, records(numbers(10)));
  await events.runs(workspaceId, 10);
  await services.stop('trigger-service');
  await events.removeTopic(topic);
  await topicTool(events.brokers, '--create', '--topic', topic, '--partitions', '2');
  await events.produce(topic, records(numbers(10, 10)));
  await publishAgain(client, 'F', listeningFlow('tick'));
  await services.start('trigger-service');
  await events.produce(topic, records(numbers(10, 20)));
  await expectRuns(events, workspaceId, numbers(30));
});

it('an input beyond the limits of bytes and values goes to the dead letters, and the next one starts a run', async () => {
  const { workspaceId, topic } = await events.listening();
  const large = { value: JSON.stringify({ n: -1, text: 'x'.repeat(3 * 1024 * 1024) }) };
  const many = { value: JSON.stringify({ n: -1, list: Array(100_000).fill(0) }) };
  await produce(events.brokers, topic, [...records([0]), large, many, ...records([1])], 'gzip');
  const tooLarge: unknown = expect.stringMatching(/^PAYLOAD_TOO_LARGE/);
  expect(await reasonsOfDeadLetters(workspaceId, 2)).toEqual([tooLarge, tooLarge]);
  await expectRuns(events, workspaceId, [0, 1]);
});

it('what a quota refuses is offered again, and then goes to the dead letters; other tenants do not wait', async () => {
  const small = await events.listening({}, 'small');
  const other = await events.listening();
  await events.produce(small.topic, records(numbers(6)));
  await events.produce(other.topic, records(numbers(20)));
  await expectRuns(events, other.workspaceId, numbers(20));
  const reasons = await reasonsOfDeadLetters(small.workspaceId, 4);
  expect(reasons).toHaveLength(4);
  expect(reasons.every((reason) => reason?.startsWith('QUOTA_EXCEEDED'))).toBe(true);
  await events.runs(small.workspaceId, 2);
});

it('the broker is killed three times while records arrive: one run each', async () => {
  const { workspaceId, topic } = await events.listening();
  const producer = await startConsoleProducer(events.brokers, topic, 'lz4');
  await producer.write(records(numbers(SOME)));
  for (let kill = 1; kill <= 3; kill += 1) {
    await events.runs(workspaceId, (kill * SOME) / 3);
    await stack.restarted('kafka', stack.kill('kafka'));
    await producer.write(records(numbers(SOME, kill * SOME)));
  }
  await producer.close();
  // A producer that hears nothing of a dying broker may send again: what counts is each record in the topic.
  const produced = await numbersIn(topic);
  expect([...new Set(produced)]).toEqual(numbers(4 * SOME));
  await expectRuns(events, workspaceId, produced);
});
