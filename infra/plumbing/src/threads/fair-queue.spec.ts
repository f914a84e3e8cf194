import { describe, expect, it } from 'vitest';
import { makeFairQueue } from './fair-queue.js';

const drain = (queue: ReturnType<typeof makeFairQueue<string>>): string[] => {
  const taken: string[] = [];
  for (let next = queue.next(() => true); next !== undefined; next = queue.next(() => true)) taken.push(next);
  return taken;
};

describe('a fair queue', () => {
  it('takes one of each tenant in turn, and those of one in their order', () => {
    const queue = makeFairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2']) queue.add(item[0] as string, item);
    expect([queue.size(), queue.sizeOf('a'), queue.sizeOf('d')]).toEqual([7, 4, 0]);
    expect(drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'a4']);
    expect(queue.size()).toBe(0);
  });

  it('lets a tenant that comes late have the next turn but one', () => {
    const queue = makeFairQueue<string>();
    for (let index = 0; index < 100; index++) queue.add('noisy', `n${index}`);
    queue.next(() => true);
    queue.add('quiet', 'q');
    expect([queue.next(() => true), queue.next(() => true)]).toContain('q');
  });

  it('forgets what is taken out of it', () => {
    const queue = makeFairQueue<string>();
    for (const item of ['a1', 'a2', 'b1']) queue.add(item[0] as string, item);
    expect([queue.remove('a', 'a1'), queue.remove('a', 'a1'), queue.remove('b', 'b1')]).toEqual([true, false, true]);
    expect([queue.size(), drain(queue)]).toEqual([1, ['a2']]);
    queue.add('a', 'a3');
    expect([queue.clear(), queue.size(), queue.next(() => true)]).toEqual([['a3'], 0, undefined]);
  });

  it('has the tenant go first that had less time, not fewer turns', () => {
    const queue = makeFairQueue<string>();
    for (let index = 0; index < 9; index++) {
      queue.add('slow', 's');
      for (const tenant of ['a', 'b']) queue.add(tenant, tenant);
    }
    const taken: string[] = [];
    for (let turn = 0; turn < 12; turn++) {
      const tenant = queue.next(() => true) ?? '';
      taken.push(tenant);
      queue.charge(tenant === 's' ? 'slow' : tenant, tenant === 's' ? 1000 : 1);
    }
    expect(taken.filter((one) => one === 's')).toHaveLength(1);
    expect(taken.filter((one) => one === 'a').length).toBeGreaterThan(4);
  });

  it('lets nobody save up turns, nor pay for ever for time that nobody else wanted', () => {
    const queue = makeFairQueue<string>();
    const take = () => queue.next(() => true);
    queue.add('early', 'e');
    take();
    for (let index = 0; index < 50; index++) {
      queue.add('busy', 'b');
      take();
      queue.charge('busy', 1000);
    }
    for (let index = 0; index < 4; index++) {
      queue.add('busy', 'b');
      queue.add('early', 'e');
    }
    // Busy had 50 s alone: what counts is what it is ahead, which is its last one.
    expect(take()).toBe('e');
    queue.charge('early', 2000);
    expect(take()).toBe('b');
  });
});
