import { describe, expect, it } from 'vitest';
import { makeKeyedQueue } from './keyed-queue.js';

/** A promise and the way to settle it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('keyed queue', () => {
  it('keeps the order of a key while others overtake', async () => {
    const queue = makeKeyedQueue();
    const first = gate();
    const log: string[] = [];
    const work = [
      queue.run('a', async () => {
        await first.passed;
        log.push('a1');
      }),
      queue.run('a', async () => {
        log.push('a2');
      }),
      queue.run('b', async () => {
        log.push('b1');
        first.open();
      }),
    ];
    await Promise.all(work);
    expect(log).toEqual(['b1', 'a1', 'a2']);
  });

  it('goes on after a task that throws, and forgets keys without work', async () => {
    const queue = makeKeyedQueue();
    const failing = queue.run('a', () => Promise.reject(new Error('boom')));
    const next = queue.run('a', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('boom');
    await expect(next).resolves.toBe('done');
    await Promise.resolve();
    expect(queue.size()).toBe(0);
  });
});
