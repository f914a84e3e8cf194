import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { makeThreadPool, type ThreadPool, type ThreadPoolOptions } from './thread-pool.js';

/** What `serveThread` does, as text: these tests run from sources, and a thread only runs compiled files. */
const thread = (answer: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
import { readlinkSync } from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
const answer = ${answer};
parentPort.on('message', (request) => {
  parentPort.postMessage({ kind: 'begun' });
  parentPort.postMessage({ kind: 'result', result: answer(request) });
});
const own = process.platform === 'linux' ? readlinkSync('/proc/thread-self').split('/').at(-1) : undefined;
parentPort.postMessage({ kind: 'ready', threadId: own });`)}`,
  );

const OBEDIENT = thread(`(request) => {
  if (request === 'hang') for (;;);
  if (request === 'nap') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  if (request === 'throw') throw new Error('thrown in the thread');
  if (request === 'exit') process.exit(3);
  if (request === 'eat') for (const all = []; ; ) all.push(new Array(1e5).fill(request.length + all.length));
  return request === 'thread' ? threadId : workerData + request;
}`);

const pools: ThreadPool<string, unknown>[] = [];
const warnings: unknown[] = [];
function poolOf(options: Partial<ThreadPoolOptions> = {}): ThreadPool<string, unknown> {
  const pool = makeThreadPool<string, unknown>({
    name: 'trial',
    file: OBEDIENT,
    threads: 1,
    eager: false,
    timeoutMs: 5000,
    clock: 'wall',
    maxHeapMb: 64,
    data: 'a',
    logger: { warn: (...line: unknown[]) => void warnings.push(line) },
    ...options,
  });
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  warnings.length = 0;
});

describe('a pool of threads', () => {
  test('answers in order, in one thread that stays', async () => {
    const pool = poolOf();
    const all = await Promise.all(['b', 'c', 'd'].map((request) => pool.run(request)));
    expect(all).toEqual(['ab', 'ac', 'ad'].map((result) => ({ kind: 'result', result })));
    expect(await pool.run('thread')).toEqual(await pool.run('thread'));
    expect(warnings).toEqual([]);
  });
  test('a request that takes too long is ended while the caller goes on, and the next one is answered', async () => {
    const pool = poolOf({ timeoutMs: 200 });
    let turns = 0;
    let over = false;
    const hung = pool.run('hang').finally(() => (over = true));
    while (!over) {
      await nextTurn();
      turns++;
    }
    expect(await hung).toEqual({ kind: 'too-long' });
    expect(turns).toBeGreaterThan(100);
    expect(await pool.run('b')).toEqual({ kind: 'result', result: 'ab' });
  });
  test.runIf(process.platform === 'linux')('by the CPU clock a request that only waits is not too long', async () => {
    const pool = poolOf({ timeoutMs: 100, clock: 'cpu' });
    expect(await pool.run('nap')).toEqual({ kind: 'result', result: 'anap' });
    expect(await pool.run('hang')).toEqual({ kind: 'too-long' });
    expect(await poolOf({ timeoutMs: 100 }).run('nap')).toEqual({ kind: 'too-long' });
  });
  test('a request that gets no CPU ends all the same', async () => {
    expect(await poolOf({ timeoutMs: 20, clock: 'cpu' }).run('nap')).toEqual({ kind: 'too-long' });
  });
  test('too much memory ends the thread, not the process', async () => {
    const pool = poolOf();
    expect(await pool.run('eat')).toEqual({ kind: 'out-of-memory' });
    expect(await pool.run('b')).toEqual({ kind: 'result', result: 'ab' });
  });
  test.each([
    ['throw', 'thrown in the thread'],
    ['exit', 'a thread ended with 3'],
  ])('a thread that breaks (%s) fails its request alone', async (how, message) => {
    const pool = poolOf();
    const [broken, next] = await Promise.allSettled([pool.run(how), pool.run('b')]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining(message) } });
    expect(next).toEqual({ status: 'fulfilled', value: { kind: 'result', result: 'ab' } });
  });
  test('beyond the queue, requests are refused at once; in it, when their time is over', async () => {
    const pool = poolOf({ timeoutMs: 60_000, queue: { max: 1, waitMs: 5000 } });
    await pool.run('the thread is there');
    const hung = pool.run('hang');
    const second = pool.run('b');
    const third = pool.run('c');
    expect(await Promise.race([third, second, hung])).toEqual({ kind: 'busy' });
    expect(await Promise.race([second, hung])).toEqual({ kind: 'busy' });
    await pool.close();
    await expect(hung).rejects.toThrow('trial');
  });
  test('a thread that cannot start leaves requests to the time limit of the queue', async () => {
    let pool: ThreadPool<string, unknown> | undefined;
    const warned = new Promise((resolve) => {
      const options = { file: new URL('data:text/javascript,throw 1'), queue: { max: 1, waitMs: 300 } };
      pool = poolOf({ ...options, logger: { warn: resolve } });
    });
    expect(await pool?.run('b')).toEqual({ kind: 'busy' });
    await warned;
  });
  test('closed, it answers no more', async () => {
    const pool = poolOf({ eager: true });
    await pool.close();
    await expect(pool.run('b')).rejects.toThrow('closed');
  });
});
