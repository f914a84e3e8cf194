import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { threadCpuClock } from '../threads/thread-cpu.js';
import { watchLoopTurns, type LoopTurnsOptions } from './loop-turns.js';
import { makeMetrics } from './metrics.js';

const NAME = 'flows_loop_turn_cpu_seconds_max';
const TEN_MINUTES_MS = 600_000;
const cpuMs = threadCpuClock() as () => number;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A watched loop whose first look is behind it. @returns tells the metric, in ms; undefined: it has no sample */
async function watched(options?: LoopTurnsOptions): Promise<() => Promise<number | undefined>> {
  const metrics = makeMetrics();
  ends.push(watchLoopTurns(metrics, options));
  await looked();
  return async () => {
    const metric = await metrics.registry.getSingleMetric(NAME)?.get();
    const seconds = metric?.values[0]?.value;
    return seconds === undefined ? undefined : seconds * 1000;
  };
}

/** Long enough for the timer of the watch to have come due. */
const looked = (): Promise<void> => delay(120);

function burn(ms: number, clock: () => number): void {
  const end = clock() + ms;
  while (clock() < end);
}

/** A clock of CPU time that the test moves, for what the machine's would make uncertain. */
function handMade(): { readonly pass: (ms: number) => void; readonly cpuMs: () => number } {
  let used = 0;
  return { pass: (ms) => (used += ms), cpuMs: () => used };
}

test('a turn that burns 300 ms of CPU time is seen', async () => {
  const read = await watched();
  burn(300, cpuMs);
  await looked();
  expect(await read()).toBeGreaterThanOrEqual(290);
});

test('a turn that sleeps for 600 ms is not, nor are 600 ms of another thread', async () => {
  const read = await watched();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  await looked();
  const thread = new Worker(
    `const end = process.cpuUsage().user + 600000; while (process.cpuUsage().user < end);
     require('node:worker_threads').parentPort.postMessage('done');`,
    { eval: true },
  );
  await new Promise((resolve) => thread.once('message', resolve));
  await thread.terminate();
  await looked();
  expect(await read()).toBeLessThan(400);
});

test('many short turns are not added up', async () => {
  const read = await watched();
  for (let turn = 0; turn < 60; turn += 1) {
    burn(10, cpuMs);
    await delay(1);
  }
  await looked();
  expect(await read()).toBeLessThan(400);
});

test('the longest turn counts for ten minutes, however often it is read', async () => {
  const { pass, cpuMs: told } = handMade();
  let now = 0;
  const read = await watched({ cpuMs: told, nowMs: () => now });
  pass(700);
  await looked();
  now = TEN_MINUTES_MS / 2;
  pass(300);
  await looked();
  expect([await read(), await read()]).toEqual([700, 700]);
  now = TEN_MINUTES_MS;
  expect(await read()).toBe(300);
  now = 2 * TEN_MINUTES_MS;
  expect(await read()).toBe(0);
});

test('several services of one process share one timer, which ends with the last of them', async () => {
  const started = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  const [one, other] = [makeMetrics(), makeMetrics()];
  const [endOne, endOther] = [watchLoopTurns(one), watchLoopTurns(other)];
  ends.push(endOne, endOther);
  expect(started).toHaveBeenCalledTimes(1);
  endOne();
  endOne(); // twice is once
  expect(ended).not.toHaveBeenCalled();
  await looked();
  burn(300, cpuMs);
  await looked();
  const seconds = async ({ registry }: typeof one) =>
    (await registry.getSingleMetric(NAME)?.get())?.values[0]?.value ?? 0;
  expect(await seconds(other)).toBeGreaterThanOrEqual(0.29);
  endOther();
  expect(ended).toHaveBeenCalledTimes(1);
  vi.restoreAllMocks();
});

test('where the CPU time of a thread cannot be known, nothing is published', async () => {
  const read = await watched({ cpuMs: undefined });
  expect(await read()).toBeUndefined();
});

test('a Node that does not tell the CPU time of a thread has it read from the kernel', () => {
  if (process.platform !== 'linux') return;
  const clock = threadCpuClock(false) as () => number;
  const before = [clock(), cpuMs()] as const;
  burn(400, cpuMs);
  // Both count the same work, the kernel's file in hundredths of a second.
  expect(Math.abs(clock() - before[0] - (cpuMs() - before[1]))).toBeLessThanOrEqual(100);
});
