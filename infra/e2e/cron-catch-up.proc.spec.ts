import {
  longOr,
  SERVICES,
  startServices,
  startStack,
  type InfraName,
  type IsolatedServices,
  type IsolatedStack,
} from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type ApiClient } from './driver/api-client.js';
import { cronFlow, firesUntil, isClosed, isDue, type Fire } from './driver/cron.js';

const DOWN_MS = longOr(25_000, 90_000);
/** In the long form the default catch-up window (flow-language 12.3), else the shortest that the engine takes. */
const WINDOW_MS = longOr(10_000, 60_000);
const EVERY_MS = 2000;
const EVERY_TWO_SECONDS = '*/2 * * * * *';
/** The engine first: what it has to catch up with comes while nobody can take it. */
const STARTED: readonly InfraName[] = ['postgres', 'temporal', 'kafka'];

/** Of its own, since all of it is stopped. */
let stack: IsolatedStack;
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  stack = await startStack();
  services = await startServices({ endpoints: stack.endpoints, env: { FLOWS_QUOTAS: 'off' } });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
});
afterAll(async () => {
  await services?.close();
  await stack?.close();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Times due, from the first fire after `from` on. */
const dueAfter = (fires: readonly Fire[], from: number): readonly number[] =>
  fires.map(({ scheduledAt }) => scheduledAt).filter((at) => at > from);

const everyTwoSeconds = (from: number, to: number): readonly number[] =>
  Array.from({ length: (to - from) / EVERY_MS + 1 }, (_, index) => from + index * EVERY_MS);

it(`everything down for ${DOWN_MS / 1000} s: fires inside the catch-up window come, once each; older ones never`, async () => {
  await publishFlow(client, 'patient', cronFlow([EVERY_TWO_SECONDS], { overlap: 'allow', catchupWindow: '15m' }));
  await publishFlow(
    client,
    'usual',
    cronFlow([EVERY_TWO_SECONDS], { overlap: 'allow', ...longOr({ catchupWindow: '10s' }, {}) }),
  );
  for (const flowId of ['patient', 'usual']) await firesUntil(services.env, flowId, (fires) => fires.length > 2);

  for (const name of SERVICES) await services.stop(name);
  for (const name of STARTED.toReversed()) await stack.stop(name);
  const downAt = Date.now();
  await pause(DOWN_MS);
  const upAt = Date.now();
  for (const name of STARTED) await stack.start(name);
  for (const name of SERVICES.toReversed()) await services.start(name);
  const backAt = Date.now();

  const later = backAt + 10_000;
  const settled = (fires: readonly Fire[]): boolean => isDue(later)(fires) && fires.every(isClosed);
  const patient = await firesUntil(services.env, 'patient', settled, 240_000);
  const usual = await firesUntil(services.env, 'usual', settled, 240_000);

  // Without a gap from the first one to the last, so none is lost, none comes twice.
  const [first = 0] = dueAfter(patient, 0);
  const last = patient.at(-1)?.scheduledAt ?? 0;
  expect(first).toBeLessThan(downAt);
  expect(last).toBeGreaterThanOrEqual(later);
  expect(dueAfter(patient, 0)).toEqual(everyTwoSeconds(first, last));

  // The engine looked at what it had missed some time between its start and the first fire it made of it.
  const missed = dueAfter(usual, downAt);
  // A run this short may be over before its start is reported: then the log has only its end.
  const firstMade = Math.min(
    ...usual
      .filter(({ scheduledAt }) => scheduledAt > downAt)
      .map(({ startedAt, closedAt }) => startedAt ?? closedAt ?? Infinity),
  );
  const [resumed = 0] = missed;
  expect(resumed).toBeGreaterThanOrEqual(upAt - WINDOW_MS);
  expect(resumed).toBeLessThanOrEqual(firstMade - WINDOW_MS + EVERY_MS);
  expect(missed).toEqual(everyTwoSeconds(resumed, usual.at(-1)?.scheduledAt ?? 0));
  expect([...patient, ...usual].every(({ status }) => status === 'Completed')).toBe(true);
});
