import { startServices, startStack, type IsolatedServices, type IsolatedStack } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readinessOf, type Readiness } from './driver/readiness.js';

/** Of its own, since this file stops its parts. */
let stack: IsolatedStack;
let services: IsolatedServices;
let readiness: Readiness;

beforeAll(async () => {
  stack = await startStack();
  services = await startServices({ endpoints: stack.endpoints });
  readiness = readinessOf(services);
});

afterAll(async () => {
  await services?.close();
  await stack?.close();
});

it.each([
  ['kafka', '503 log'],
  ['postgres', '503 store'],
] as const)('without %s every service says %s, and is ready again by itself', async (part, answer) => {
  await readiness.untilEveryone('200');
  const before = readiness.pids();
  await stack.stop(part);
  await readiness.untilEveryone(answer);
  expect(await readiness.health()).toEqual(readiness.everyone(200));
  await stack.start(part);
  await readiness.untilEveryone('200');
  expect(readiness.pids()).toEqual(before);
});

it('without the engine every service stays ready', async () => {
  await readiness.untilEveryone('200');
  await stack.stop('temporal');
  for (let look = 0; look < 10; look += 1) {
    expect(await readiness.answers()).toEqual(readiness.everyone('200'));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await stack.start('temporal');
});

it('a broker that hangs is missing, too', async () => {
  await readiness.untilEveryone('200');
  const pid = stack.kill('kafka', 'SIGSTOP');
  try {
    await readiness.untilEveryone('503 log');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await readiness.untilEveryone('200');
  expect(await readiness.answers()).toEqual(readiness.everyone('200'));
});
