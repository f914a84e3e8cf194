import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LimiterBusy, makeByteLimiter } from './byte-limiter.js';

/** Whether a promise is settled when everything that could happen has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await turn();
  return settled;
}

describe('a limiter of bytes', () => {
  it('holds no more than its maximum, and lets the others in by their order', async () => {
    const limiter = makeByteLimiter(10);
    const first = await limiter.take(6);
    const second = limiter.take(6);
    const third = limiter.take(1);
    expect([await isSettled(second), await isSettled(third), limiter.held()]).toEqual([false, false, 6]);
    first.release();
    await Promise.all([second, third]);
    expect(limiter.held()).toBe(7);
  });

  it('lets what is larger than all of it run alone', async () => {
    const limiter = makeByteLimiter(10);
    const small = await limiter.take(1);
    const large = limiter.take(1000);
    expect(await isSettled(large)).toBe(false);
    small.release();
    (await large).release();
    expect(limiter.held()).toBe(0);
  });

  it('takes back what turns out not to be needed, and nothing twice', async () => {
    const limiter = makeByteLimiter(10);
    const first = await limiter.take(10);
    const second = limiter.take(7);
    first.shrinkTo(3);
    await second;
    first.shrinkTo(9);
    expect(limiter.held()).toBe(10);
    first.release();
    first.release();
    expect(limiter.held()).toBe(7);
  });

  it('keeps half of it for others than the one who holds most', async () => {
    const limiter = makeByteLimiter(10);
    const held = await limiter.take(5, { owner: 'noisy' });
    const more = limiter.take(1, { owner: 'noisy' });
    const others = limiter.take(5, { owner: 'quiet' });
    await others;
    expect(await isSettled(more)).toBe(false);
    held.release();
    await more;
    expect(limiter.held()).toBe(6);
  });

  it('lets an owner that holds nothing have more than half', async () => {
    const limiter = makeByteLimiter(10);
    (await limiter.take(9, { owner: 'one' })).release();
    expect(limiter.held()).toBe(0);
  });

  it('ends a wait that takes too long, or that nobody waits for any more, and lets in who stood behind', async () => {
    const limiter = makeByteLimiter(10);
    await limiter.take(5);
    await expect(limiter.take(6, { waitMs: 1 })).rejects.toThrow(LimiterBusy);
    const gone = new AbortController();
    const large = limiter.take(6, { signal: gone.signal });
    const small = limiter.take(5);
    expect(await isSettled(small)).toBe(false);
    gone.abort(new Error('gone'));
    await expect(large).rejects.toThrow('gone');
    await small;
    expect(limiter.held()).toBe(10);
    await expect(limiter.take(1, { signal: gone.signal })).rejects.toThrow('gone');
  });

  it('is free again after work that failed', async () => {
    const limiter = makeByteLimiter(10);
    await expect(limiter.run(4, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limiter.run(4, () => Promise.resolve(limiter.held()))).toBe(4);
    expect(limiter.held()).toBe(0);
  });
});
