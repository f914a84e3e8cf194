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
});
