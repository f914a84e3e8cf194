import { expect, it } from 'vitest';
import { keptUnlessFailed } from './kept-unless-failed.js';

it('loads once, and again after a failure', async () => {
  let loads = 0;
  const load = keptUnlessFailed(() => {
    loads += 1;
    return loads === 1 ? Promise.reject(new Error('no network')) : Promise.resolve(loads);
  });
  await Promise.all([expect(load()).rejects.toThrow('no network'), expect(load()).rejects.toThrow('no network')]);
  expect(await Promise.all([load(), load()])).toEqual([2, 2]);
  expect(await load()).toBe(2);
});

it('loads again what has broken since, and keeps what was loaded in its place', async () => {
  const broken: (() => void)[] = [];
  const load = keptUnlessFailed((forget) => Promise.resolve(broken.push(forget)));
  expect([await load(), await load()]).toEqual([1, 1]);
  broken[0]?.();
  expect([await load(), await load()]).toEqual([2, 2]);
  broken[0]?.(); // the first one once more
  expect(await load()).toBe(2);
});
