import {
  startServices,
  startStack,
  waitUntil,
  type IsolatedServices,
  type IsolatedStack,
  type ServiceName,
} from '@flowplane/infra/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Of its own, since this file stops its parts. */
let stack: IsolatedStack;
let services: IsolatedServices;
let names: readonly ServiceName[];

beforeAll(async () => {
  stack = await startStack();
  services = await startServices({ endpoints: stack.endpoints });
  names = Object.keys(services.urls) as ServiceName[];
});

afterAll(async () => {
  await services?.close();
  await stack?.close();
});

/** Status and what is missing, as one text for each service: `200`, or `503 log,store`. */
async function readiness(): Promise<Readonly<Record<string, string>>> {
  const told = await Promise.all(names.map(async (name) => [name, await readinessOf(services.urls[name])] as const));
  return Object.fromEntries(told);
}

async function readinessOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(8000) });
    const { missing = [] } = (await answer.json()) as { readonly missing?: readonly string[] };
    return [answer.status, ...(missing.length > 0 ? [missing.join(',')] : [])].join(' ');
  } catch {
    return 'no answer';
  }
}

const everyone = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, text]));

/** Waits until all services say the same, and shows who does not. */
async function untilEveryone(text: string): Promise<void> {
  const wanted = JSON.stringify(everyone(text));
  let last = {};
  const settled = async (): Promise<boolean> => {
    last = await readiness();
    return JSON.stringify(last) === wanted;
  };
  await waitUntil(`every service: ${text}`, settled, { timeoutMs: 60_000, everyMs: 200 }).catch(() => undefined);
  expect(last).toEqual(everyone(text));
}

const pids = (): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, services.pid(name)]));

it.each([
  ['kafka', '503 log'],
  ['postgres', '503 store'],
] as const)('without %s every service says %s, and is ready again by itself', async (part, told) => {
  await untilEveryone('200');
  const before = pids();
  await stack.stop(part);
  await untilEveryone(told);
  const live = await Promise.all(names.map(async (name) => (await fetch(`${services.urls[name]}/healthz`)).status));
  expect(live).toEqual(names.map(() => 200));
  await stack.start(part);
  await untilEveryone('200');
  expect(pids()).toEqual(before);
});

it('without the engine every service stays ready', async () => {
  await untilEveryone('200');
  await stack.stop('temporal');
  for (let look = 0; look < 10; look += 1) {
    expect(await readiness()).toEqual(everyone('200'));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await stack.start('temporal');
});

it('a broker that hangs is missing, too', async () => {
  await untilEveryone('200');
  const pid = stack.kill('kafka', 'SIGSTOP');
  try {
    await untilEveryone('503 log');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await untilEveryone('200');
  expect(await readiness()).toEqual(everyone('200'));
});
