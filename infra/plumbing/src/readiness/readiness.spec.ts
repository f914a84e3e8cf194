import { expect, it } from 'vitest';
import { makeReadiness } from './index.js';

const there = (): Promise<unknown> => Promise.resolve({ rows: [] });
const gone = (): Promise<unknown> => Promise.reject(new Error('refused'));
const idle = (): Promise<unknown> => Promise.resolve(false);
const hangs = (): Promise<unknown> => new Promise(() => undefined);

it.each([
  [{ log: [there], store: [there, there] }, []],
  [{ log: [gone], store: [there] }, ['log']],
  [{ log: [there, idle], store: [there, gone] }, ['log', 'store']],
  [{ log: [there], store: [hangs] }, ['store']],
  [{}, []],
])('names what does not answer: %#', async (probes, missing) => {
  expect(await makeReadiness(probes, 50)()).toEqual(missing);
});

it('asks again every time, and all at once', async () => {
  let isBack = false;
  const missing = makeReadiness({ a: [() => (isBack ? there() : hangs())], b: [hangs], c: [hangs] }, 100);
  const since = performance.now();
  expect(await missing()).toEqual(['a', 'b', 'c']);
  expect(performance.now() - since).toBeLessThan(250);
  isBack = true;
  expect(await missing()).toEqual(['b', 'c']);
});
