import { expect, it } from 'vitest';
import { makeBackground } from './background.js';

/** Work that ends when the test says so. */
function pieces(places: number, maxBytes: number) {
  const faults: unknown[] = [];
  const background = makeBackground({ places, maxBytes }, (cause) => faults.push(cause));
  const begin = (bytes: number) => {
    let end = (): void => undefined;
    let fail = (): void => undefined;
    const isDone = background(bytes, () => {
      return new Promise<void>((resolve, reject) => {
        end = resolve;
        fail = () => reject(new Error('failed'));
      });
    });
    return { isDone, end: () => end(), fail: () => fail() };
  };
  const ended = () => new Promise((resolve) => setImmediate(resolve));
  return { begin, ended, faults };
}

it('is bounded by the bytes it holds, and free again when it ends', async () => {
  const { begin, ended } = pieces(10, 100);
  const first = begin(60);
  expect([first.isDone, begin(41).isDone, begin(40).isDone, begin(1).isDone]).toEqual([true, false, true, false]);
  first.end();
  await ended();
  expect([begin(61).isDone, begin(60).isDone]).toEqual([false, true]);
});

it('is bounded by its places', async () => {
  const { begin, ended } = pieces(2, 100);
  const first = begin(1);
  expect([first.isDone, begin(1).isDone, begin(1).isDone]).toEqual([true, true, false]);
  first.end();
  await ended();
  expect(begin(1).isDone).toBe(true);
});

it('does what is larger than all its room alone', async () => {
  const { begin, ended } = pieces(10, 100);
  const large = begin(1000);
  expect([large.isDone, begin(0).isDone]).toEqual([true, false]);
  large.end();
  await ended();
  expect([begin(1).isDone, begin(1000).isDone]).toEqual([true, false]);
});

it('reports what fails, which holds nothing any more', async () => {
  const { begin, ended, faults } = pieces(1, 100);
  begin(100).fail();
  await ended();
  expect(faults).toHaveLength(1);
  expect(begin(100).isDone).toBe(true);
});
