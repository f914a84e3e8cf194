import { getPriority } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { makeThreadPool, type ThreadPool, type ThreadPoolOptions } from './thread-pool.js';

/** What `serveThread` does, as text: these tests run from sources, and a thread only runs compiled files. */
const thread = (answer: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
import { readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
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
  if (request === 'priority') return getPriority();
  return request === 'thread' ? threadId : workerData + request;
}`);

const TURN = { tenant: 'T' };
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
    const all = await Promise.all(['b', 'c', 'd'].map((request) => pool.run(request, TURN)));
    expect(all).toEqual(['ab', 'ac', 'ad'].map((result) => ({ kind: 'result', result })));
    expect(await pool.run('thread', TURN)).toEqual(await pool.run('thread', TURN));
    expect(warnings).toEqual([]);
  });
  test('a request that takes too long is ended while the caller goes on, and the next one is answered', async () => {
    const pool = poolOf({ timeoutMs: 200 });
    let turns = 0;
    let over = false;
    const hung = pool.run('hang', TURN).finally(() => (over = true));
    while (!over) {
      await nextTurn();
      turns++;
    }
    expect(await hung).toEqual({ kind: 'too-long' });
    expect(turns).toBeGreaterThan(100);
    expect(await pool.run('b', TURN)).toEqual({ kind: 'result', result: 'ab' });
  });
  test.runIf(process.platform === 'linux')('by the CPU clock a request that only waits is not too long', async () => {
    const pool = poolOf({ timeoutMs: 100, clock: 'cpu' });
    expect(await pool.run('nap', TURN)).toEqual({ kind: 'result', result: 'anap' });
    expect(await pool.run('hang', TURN)).toEqual({ kind: 'too-long' });
    expect(await poolOf({ timeoutMs: 100 }).run('nap', TURN)).toEqual({ kind: 'too-long' });
  });
  test.runIf(process.platform === 'linux')('what counts by its CPU time leaves the CPU to the process', async () => {
    const priorities = ['cpu', 'wall'] as const;
    const answers = await Promise.all(priorities.map((clock) => poolOf({ clock }).run('priority', TURN)));
    const own = getPriority();
    expect(answers.map((answer) => answer.kind === 'result' && answer.result)).toEqual([Math.min(own + 5, 19), own]);
  });
  test('a request that gets no CPU ends all the same', async () => {
    expect(await poolOf({ timeoutMs: 20, clock: 'cpu' }).run('nap', TURN)).toEqual({ kind: 'too-long' });
  });
  test('too much memory ends the thread, not the process', async () => {
    const pool = poolOf();
    expect(await pool.run('eat', TURN)).toEqual({ kind: 'out-of-memory' });
    expect(await pool.run('b', TURN)).toEqual({ kind: 'result', result: 'ab' });
  });
  test.each([
    ['throw', 'thrown in the thread'],
    ['exit', 'a thread ended with 3'],
  ])('a thread that breaks (%s) fails its request alone', async (how, message) => {
    const pool = poolOf();
    const [broken, next] = await Promise.allSettled([pool.run(how, TURN), pool.run('b', TURN)]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining(message) } });
    expect(next).toEqual({ status: 'fulfilled', value: { kind: 'result', result: 'ab' } });
  });
  test('beyond the queue, requests are refused at once; in it, when their time is over', async () => {
    const pool = poolOf({ timeoutMs: 60_000, queue: { max: 1, maxOfTenant: 1, waitMs: 5000 } });
    await pool.run('the thread is there', TURN);
    const hung = pool.run('hang', TURN);
    const second = pool.run('b', TURN);
    const third = pool.run('c', TURN);
    expect(await Promise.race([third, second, hung])).toEqual({ kind: 'busy' });
    expect(await Promise.race([second, hung])).toEqual({ kind: 'busy' });
    await pool.close();
    await expect(hung).rejects.toThrow('trial');
  });
  test('a thread that cannot start leaves requests to the time limit of the queue', async () => {
    let pool: ThreadPool<string, unknown> | undefined;
    const warned = new Promise((resolve) => {
      const options = { file: new URL('data:text/javascript,throw 1'), queue: { max: 1, maxOfTenant: 1, waitMs: 300 } };
      pool = poolOf({ ...options, logger: { warn: resolve } });
    });
    expect(await pool?.run('b', TURN)).toEqual({ kind: 'busy' });
    await warned;
  });
  test('a tenant with many requests does not take the turns of the others', async () => {
    const pool = poolOf();
    const order: string[] = [];
    const ask = (tenant: string) => pool.run('b', { tenant }).then(() => order.push(tenant));
    await Promise.all([...Array.from({ length: 20 }, () => ask('noisy')), ask('quiet'), ask('calm')]);
    expect(order.indexOf('quiet')).toBeLessThan(4);
    expect(order.indexOf('calm')).toBeLessThan(5);
  });
  test('a tenant whose requests hold all threads leaves one more for the others, and gets none of it', async () => {
    const pool = poolOf({ threads: 2, timeoutMs: 60_000 });
    const hung = ['1', '2', '3'].map(() => pool.run('hang', { tenant: 'noisy' }));
    for (const tenant of ['quiet', 'calm', 'quiet']) {
      expect(await pool.run('b', { tenant })).toEqual({ kind: 'result', result: 'ab' });
    }
    const third = await Promise.race([...hung, pool.run('c', { tenant: 'quiet' })]);
    expect(third).toEqual({ kind: 'result', result: 'ac' });
    await pool.close();
    await Promise.all(hung.map((each) => expect(each).rejects.toThrow('trial')));
  });
  test('one tenant may not fill the queue', async () => {
    const refused: string[] = [];
    const observer = { taken: () => undefined, refused: () => void refused.push('x') };
    const pool = poolOf({ timeoutMs: 60_000, queue: { max: 4, maxOfTenant: 2, waitMs: 60_000 }, observer });
    await pool.run('the thread is there', TURN);
    void pool.run('hang', TURN).catch(() => undefined);
    const noisy = Array.from({ length: 3 }, () => pool.run('b', { tenant: 'noisy' }).catch(() => 'closed'));
    expect(await noisy[2]).toEqual({ kind: 'busy' });
    expect(refused).toHaveLength(1);
    let isBusy = false;
    void pool.run('c', { tenant: 'quiet' }).then(
      () => (isBusy = true),
      () => undefined,
    );
    await nextTurn();
    expect(isBusy).toBe(false);
  });
  test('what nobody waits for any more leaves the queue, and is ended where it has begun', async () => {
    const pool = poolOf({ timeoutMs: 60_000 });
    await pool.run('the thread is there', TURN);
    const [begun, waiting] = [new AbortController(), new AbortController()];
    const hung = pool.run('hang', { tenant: 'T', signal: begun.signal });
    const queued = pool.run('hang', { tenant: 'T', signal: waiting.signal });
    const last = pool.run('b', TURN);
    waiting.abort();
    expect(await queued).toEqual({ kind: 'busy' });
    begun.abort();
    expect(await hung).toEqual({ kind: 'busy' });
    expect(await last).toEqual({ kind: 'result', result: 'ab' });
    expect(await pool.run('b', { tenant: 'T', signal: begun.signal })).toEqual({ kind: 'busy' });
  });
  test('closed, it answers no more', async () => {
    const pool = poolOf({ eager: true });
    await pool.close();
    await expect(pool.run('b', TURN)).rejects.toThrow('closed');
  });
});
