import { describe, expect, it } from 'vitest';
import { atRate, inParallel } from './in-parallel.js';

describe('inParallel', () => {
  it('does everything once, in no more lanes than allowed, and keeps the order of the results', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel(20, 4, async (index) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return index * 2;
    });
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index * 2));
    expect(most).toBe(4);
  });

  it('stops at the first fault', async () => {
    const done: number[] = [];
    const work = inParallel(100, 2, (index) => {
      done.push(index);
      return index === 3 ? Promise.reject(new Error('broken')) : Promise.resolve();
    });
    await expect(work).rejects.toThrow('broken');
    expect(done.length).toBeLessThan(10);
  });
});

describe('atRate', () => {
  it('offers exactly what is due, without gap or repeat', async () => {
    const offered: number[] = [];
    await atRate(1000, 100, (count, first) => {
      for (let index = first; index < first + count; index++) offered.push(index);
      return [];
    });
    expect(offered).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('returns what all pieces return', async () => {
    const pieces = (count: number, first: number) =>
      Array.from({ length: count }, (_, index) => Promise.resolve(first + index));
    expect(await atRate(100, 50, pieces)).toEqual([0, 1, 2, 3, 4]);
  });

  it('throws the first fault, after it has offered all', async () => {
    let offered = 0;
    const work = atRate(100, 50, (count, first) => {
      offered += count;
      return Array.from({ length: count }, (_, index) =>
        first + index === 0 ? Promise.reject(new Error('broken')) : Promise.resolve(),
      );
    });
    await expect(work).rejects.toThrow('broken');
    expect(offered).toBe(5);
  });
});
