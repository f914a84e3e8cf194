import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, makeApiClient, PATIENT, publishFlow } from './driver/api-client.js';
import type { ListBody, Problem, RunItem } from './driver/api-types.js';
import { cronFlow, readSchedule } from './driver/cron.js';
import { makeEventTests, records, type EventTests } from './driver/event-tests.js';
import { deadLettersOf, inputNumbers, listeningFlow, publishAgain, requestedIn } from './driver/platform-events.js';
import { settledLog } from './driver/settled-log.js';
import { deliver, deliveriesOf, hookPath, publishWebhooks, runsOf, secretsOf, webhookFlow } from './driver/webhooks.js';

const STRICT = { inputs: { n: { type: 'number', required: true } } };
const UNFIT = [{ input: 'n', message: "Input 'n' is required." }];
const SOON = { timeoutMs: 120_000, everyMs: 250 };

let services: IsolatedServices;
let events: EventTests;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_STRICT_INPUTS: '1' } });
  events = makeEventTests(services);
});

afterAll(async () => {
  await events?.removeTopics();
  await services?.close();
});

it('a delivery, and its redelivery, is refused as a start is', async () => {
  const client = makeApiClient(services.url, { tenantId: 'hooked', workspaceId: 'hooked-w' });
  const triggerId = 'f:webhook:default';
  const strict = { ...webhookFlow(), ...STRICT };
  const secret = secretsOf(await publishWebhooks(client, 'f', webhookFlow()))[triggerId] ?? '';
  expectStatus(await deliver(client, triggerId, secret, '{}', { id: 'before' }), 202);

  await publishAgain(client, 'f', strict);
  const refused = { status: 422, body: { code: 'INPUT_VALIDATION_FAILED', errors: UNFIT } };
  const started = (body: object) => client.call('POST', '/flows/f/executions', { body, headers: PATIENT });
  expect(await started({})).toMatchObject(refused);
  expect(await started({ version: 2 })).toMatchObject(refused);
  await publishAgain(client, 'f', { ...webhookFlow(), inputs: { n: { type: 'string' } } });
  expect(await started({ version: 2 })).toMatchObject(refused);
  await publishAgain(client, 'f', strict);
  expect(await deliver(client, triggerId, secret, '{}', { id: 'unfit' })).toMatchObject(refused);
  const again = `${hookPath(triggerId)}/deliveries/before/redeliveries`;
  expect(await client.call<Problem>('POST', again, { headers: PATIENT })).toMatchObject(refused);
  expectStatus(await deliver(client, triggerId, secret, '{"n":1}', { id: 'fit' }), 202);

  expect(await runsOf(client, 'f')).toHaveLength(2);
  expect((await deliveriesOf(client, triggerId)).map(({ deliveryId, code }) => [deliveryId, code])).toEqual([
    ['fit', null],
    ['unfit', 'INPUT_VALIDATION_FAILED'],
    ['before', null],
  ]);
});

it('a record goes to the dead letters, and holds up nobody', async () => {
  const { client, workspaceId, topic } = await events.listening();
  await publishAgain(client, 'F', { ...listeningFlow('tick'), ...STRICT });
  await events.produce(topic, [...records([0]), { value: '{"m":1}' }, { value: '{"n":"1"}' }, ...records([1])]);
  await events.runs(workspaceId, 2);
  const deadLettered = async (): Promise<boolean> => (await deadLettersOf(services.env, workspaceId)).length >= 2;
  await waitUntil('the dead letters', deadLettered, SOON);
  const letters = await deadLettersOf(services.env, workspaceId);
  expect(letters.map((letter) => letter['x-dlq-reason']?.split(':')[0])).toEqual([
    ...['INPUT_VALIDATION_FAILED', 'INPUT_VALIDATION_FAILED'],
  ]);
  expect(inputNumbers(requestedIn(await settledLog(services.env), workspaceId))).toEqual([0, 1]);
});

it('a fire, which has no input, is refused where one is required', async () => {
  const client = makeApiClient(services.url, { tenantId: 'timed', workspaceId: 'timed-w' });
  await publishFlow(client, 'f', { ...cronFlow(['* * * * * *'], { overlap: 'allow' }), ...STRICT });
  const refused = async (): Promise<boolean> =>
    (await readSchedule(client, 'f')).recentActions.some(({ workflowId }) => workflowId === null);
  await waitUntil('a refused fire', refused, SOON);
  expectStatus(await client.call('POST', '/flows/f/schedule/pause', { headers: PATIENT }), 200);
  const { items } = expectStatus(await client.call<ListBody<RunItem>>('GET', '/flows/f/executions'), 200);
  expect(items).toEqual([]);
});
