import { startServices, startStack, type IsolatedServices, type IsolatedStack } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MIX_ENV, MIX_LIMITS, prepareTenants, startMix } from './driver/command-mix.js';
import { checkLog } from './driver/log-check.js';
import { zombieEvents } from './driver/log-reader.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

/** Of its own, since this file kills its broker. */
let stack: IsolatedStack;
let services: IsolatedServices;
let second: IsolatedServices;

beforeAll(async () => {
  stack = await startStack();
  const { endpoints } = stack;
  services = await startServices({ endpoints, env: MIX_ENV, only: ['command-service', 'projection-service'] });
  second = await startServices({ endpoints, env: services.env, only: ['command-service'] });
});

afterAll(async () => {
  await second?.close();
  await services?.close();
  await stack?.close();
});

it('broker killed and restarted twice under load: exactly one outcome each, in both services', async () => {
  const urls = [services.urls['command-service'], second.urls['command-service']];
  const tenants = await prepareTenants(urls[0] as string, ['ba', 'bb', 'bc', 'bd']);
  const mix = startMix(urls, { tenants, count: 1_200, concurrency: 100, paceMs: 50, timeoutMs: 8_000 });
  await mix.reached(200);
  await stack.restarted('kafka', stack.kill('kafka'));
  await mix.reached(600);
  await stack.restarted('kafka', stack.kill('kafka'));
  const answers = await mix.done;
  expect(answers.some(({ attempts }) => attempts > 1)).toBe(true);
  const log = await settledLog(services.env, 60_000);
  expect(checkLog(log, MIX_LIMITS)).toEqual([]);
  expect(zombieEvents(log)).toEqual([]);
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
});
