import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, makeApiClient, PATIENT, publishFlow, type ApiClient } from './driver/api-client.js';
import type { ListBody, Problem, RunItem } from './driver/api-types.js';
import { cronFlow, readSchedule } from './driver/cron.js';
import { makeEventTests, records, type EventTests } from './driver/event-tests.js';
import { acceptedEvents, readLog } from './driver/log-reader.js';
import { deadLettersOf, inputNumbers, requestedIn } from './driver/platform-events.js';
import { startQuotaEvaluator, type QuotaAnswer, type QuotaEvaluatorServer } from './driver/quota-evaluator.js';
import { deliver, hookPath, publishWebhooks, runsOf, secretsOf, webhookFlow } from './driver/webhooks.js';

/** On a busy machine. */
const SOON = { timeoutMs: 120_000, everyMs: 250 };

let evaluator: QuotaEvaluatorServer;
let services: IsolatedServices;
let events: EventTests;

beforeAll(async () => {
  evaluator = await startQuotaEvaluator();
  services = await startServices({
    env: {
      FLOW_QUOTA_ENFORCE_URL: evaluator.url,
      // The gate that it replaces would let nothing start.
      FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '0',
      FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '0',
      FLOWS_EVENT_MAX_RETRIES: '2',
    },
  });
  events = makeEventTests(services);
});

afterAll(async () => {
  await events?.removeTopics();
  await services?.close();
  await evaluator?.close();
});

const DENYING = [
  ['flow_starts_per_minute', 'flow_starts_per_minute'],
  ['max_concurrent_executions', 'max_concurrent_executions'],
  ['cut', 'flow_starts_per_minute'],
] as const satisfies readonly (readonly [QuotaAnswer, string])[];

/** What a start asks: the rate without usage, then the runs at once with theirs. */
const ofStart = (tenantId: string, workspaceId: string, currentUsage: unknown) => [
  { dimensionKey: 'flow_starts_per_minute', tenantId, workspaceId },
  { dimensionKey: 'max_concurrent_executions', tenantId, workspaceId, currentUsage },
];

/** Problems of refused starts in a workspace, as the log has them. */
async function refusedIn(workspaceId: string): Promise<readonly { readonly triggerType: string; code: string }[]> {
  return acceptedEvents(await readLog(services.env)).flatMap(({ event }) =>
    event.type === 'TriggerStartRefused' && event.meta.workspaceId === workspaceId
      ? [{ triggerType: event.data.triggerType, code: event.data.problem.code }]
      : [],
  );
}

it('a delivery and its redelivery start what the evaluator allows, and are refused while it denies or is away', async () => {
  const client = makeApiClient(services.url, { tenantId: 'hooked', workspaceId: 'hooked-w' });
  const triggerId = 'f:webhook:default';
  const secret = secretsOf(await publishWebhooks(client, 'f', webhookFlow()))[triggerId] ?? '';
  const redeliver = (id: string) =>
    client.call<Problem>('POST', `${hookPath(triggerId)}/deliveries/${id}/redeliveries`, { headers: PATIENT });
  evaluator.asked('hooked-w');
  expectStatus(await deliver(client, triggerId, secret, '{}', { id: 'first' }), 202);
  expect(evaluator.asked('hooked-w')).toEqual(ofStart('hooked', 'hooked-w', 0));

  for (const [answer, dimension] of DENYING) {
    evaluator.answer('hooked-w', answer);
    const refused = { code: 'QUOTA_EXCEEDED', dimension };
    const delivered = await deliver(client, triggerId, secret, '{}', { id: 'second' });
    expect(delivered).toMatchObject({ status: 429, body: refused });
    expect(delivered.headers.get('retry-after')).toBe(dimension === 'flow_starts_per_minute' ? '60' : null);
    expect(await redeliver('first')).toMatchObject({ status: 429, body: refused });
    const repeated = await deliver(client, triggerId, secret, '{}', { id: 'first' });
    expect(expectStatus(repeated, 202).deduplicated).toBe(true);
  }
  expect(await runsOf(client, 'f')).toHaveLength(1);

  evaluator.answer('hooked-w', 'allowed');
  expect(expectStatus(await deliver(client, triggerId, secret, '{}', { id: 'second' }), 202).deduplicated).toBe(false);
  expectStatus(await redeliver('first'), 202);
  expect(await runsOf(client, 'f')).toHaveLength(3);
});

it('a record that the evaluator denies is offered again, and goes to the dead letters when that does not change', async () => {
  const { workspaceId, topic } = await events.listening();
  evaluator.asked(workspaceId);
  await events.produce(topic, records([0]));
  await events.runs(workspaceId, 1);
  expect(evaluator.asked(workspaceId)).toEqual(ofStart('acme', workspaceId, 0));

  evaluator.answer(workspaceId, 'max_concurrent_executions');
  await events.produce(topic, records([1]));
  await waitUntil('a refused start', async () => (await refusedIn(workspaceId)).length > 0, SOON);
  evaluator.answer(workspaceId, 'allowed');
  await events.runs(workspaceId, 2);

  evaluator.answer(workspaceId, 'cut');
  await events.produce(topic, records([2]));
  const deadLettered = async (): Promise<boolean> => (await deadLettersOf(services.env, workspaceId)).length > 0;
  await waitUntil('the dead letter', deadLettered, SOON);
  const [letter] = await deadLettersOf(services.env, workspaceId);
  expect(letter?.['x-dlq-reason']).toMatch(/^QUOTA_EXCEEDED/);
  const log = await readLog(services.env);
  expect(inputNumbers(requestedIn(log, workspaceId))).toEqual([0, 1]);
  expect(new Set((await refusedIn(workspaceId)).map(({ code }) => code))).toEqual(new Set(['QUOTA_EXCEEDED']));
});

it('a fire becomes a run when the evaluator allows it, and is refused while it denies or is away', async () => {
  const client = makeApiClient(services.url, { tenantId: 'timed', workspaceId: 'timed-w' });
  const refusedSince = async (before: number): Promise<void> => {
    const refused = async (): Promise<boolean> => (await refusedIn('timed-w')).length > before + 1;
    await waitUntil('refused fires', refused, SOON);
  };
  evaluator.answer('timed-w', 'max_concurrent_executions');
  await publishFlow(client, 'f', cronFlow(['* * * * * *'], { overlap: 'allow' }));
  evaluator.asked('timed-w');
  await refusedSince(0);
  expect(evaluator.asked('timed-w')).toEqual(expect.arrayContaining(ofStart('timed', 'timed-w', 0)));
  expect(await firesOf(client)).toBe(0);
  const unstarted = (await readSchedule(client, 'f')).recentActions.filter(({ workflowId }) => workflowId === null);
  expect(unstarted.length).toBeGreaterThan(0);

  evaluator.answer('timed-w', 'allowed');
  const started = async (): Promise<boolean> => (await firesOf(client)) > 0;
  await waitUntil('a run', started, SOON);

  evaluator.answer('timed-w', 'cut');
  await refusedSince((await refusedIn('timed-w')).length);
  expectStatus(await client.call('POST', '/flows/f/schedule/pause', { headers: PATIENT }), 200);
  const refusals = new Set((await refusedIn('timed-w')).map(({ triggerType, code }) => `${triggerType} ${code}`));
  expect(refusals).toEqual(new Set(['cron QUOTA_EXCEEDED']));
});

async function firesOf(client: ApiClient): Promise<number> {
  return expectStatus(await client.call<ListBody<RunItem>>('GET', '/flows/f/executions'), 200).items.length;
}
