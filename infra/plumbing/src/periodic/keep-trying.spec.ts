import { describe, expect, it } from 'vitest';
import { Abandoned, keepTrying, makeBackoff } from './index.js';

/** Fails with these messages, one after the other, then answers with how often it was asked. */
function failing(...messages: readonly string[]) {
  let calls = 0;
  return (): Promise<number> => {
    const message = messages[calls++];
    return message === undefined ? Promise.resolve(calls) : Promise.reject(new Error(message));
  };
}
const backoff = { firstMs: 1 };

describe('the back-off', () => {
  it('doubles the pause up to the longest, until it is reset', () => {
    const pauses = makeBackoff({ firstMs: 50, maxMs: 350 });
    expect([1, 2, 3, 4, 5].map(() => pauses.nextMs())).toEqual([50, 100, 200, 350, 350]);
    pauses.reset();
    expect(pauses.nextMs()).toBe(50);
  });

  it('has equal pauses without a longest one, and spreads them with a jitter', () => {
    const equal = makeBackoff({ firstMs: 50 });
    expect([equal.nextMs(), equal.nextMs()]).toEqual([50, 50]);
    const spread = makeBackoff({ firstMs: 100, jitter: 0.25 });
    const some = Array.from({ length: 100 }, spread.nextMs);
    expect(Math.min(...some)).toBeGreaterThanOrEqual(75);
    expect(Math.max(...some)).toBeLessThanOrEqual(125);
    expect(new Set(some).size).toBeGreaterThan(1);
  });
});

describe('work that is kept at', () => {
  it('is asked again until it succeeds, and every fault is reported', async () => {
    const faults: unknown[] = [];
    const onFault = (cause: unknown): unknown => faults.push(cause);
    expect(await keepTrying(failing('a', 'b'), { backoff, onFault })).toBe(3);
    expect(faults).toEqual([new Error('a'), new Error('b')]);
  });

  it('ends with a fault that is not curable', async () => {
    const isCurable = (cause: unknown): boolean => (cause as Error).message !== 'final';
    await expect(keepTrying(failing('a', 'final', 'b'), { backoff, isCurable })).rejects.toThrow('final');
  });

  it('ends with the last fault when the time is over', async () => {
    const begun = Date.now();
    const forEver = (): Promise<never> => Promise.reject(new Error('away'));
    const kept = keepTrying(forEver, { backoff: { firstMs: 50 }, deadlineMs: begun + 200 });
    await expect(kept).rejects.toThrow('away');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(140);
  });

  it('is given up when the signal aborts, in the middle of a pause', async () => {
    const ending = new AbortController();
    const kept = keepTrying(failing('a'), {
      backoff: { firstMs: 60_000 },
      signal: ending.signal,
      onFault: () => setImmediate(() => ending.abort()),
    });
    await expect(kept).rejects.toThrow(Abandoned);
  });
});
