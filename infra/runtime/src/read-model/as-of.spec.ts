import { expect, test } from 'vitest';
import { BEHIND, readAsOf, type AsOf } from './as-of.js';

/** Waits and looks in their order; the tracker says in turn whether a position is reached. */
function trial(reached: readonly boolean[], answers: readonly (string | typeof BEHIND)[], stopAfter = Infinity) {
  const steps: string[] = [];
  const stop = new AbortController();
  const step = <T>(what: string, value: T): Promise<T> => {
    if (steps.push(what) >= stopAfter) stop.abort();
    return Promise.resolve(value);
  };
  let waits = 0;
  let looks = 0;
  const place: AsOf = {
    progress: { waitFor: () => step('wait', reached[waits++] ?? true) },
    ...{ name: 'control', partition: 0, offset: 7, signal: stop.signal },
  };
  return { steps, place, look: () => step('look', answers[looks++] ?? BEHIND) };
}

test('what would be wrong before the position is not looked at before it is reached', async () => {
  const { steps, place, look } = trial([false, true], ['found']);
  expect(await readAsOf(place, look, 'wait')).toBe('found');
  expect(steps).toEqual(['wait', 'wait', 'look']);
});

test('what mostly is there already is looked at first', async () => {
  const { steps, place, look } = trial([true], ['found']);
  expect(await readAsOf(place, look, 'look')).toBe('found');
  expect(steps).toEqual(['look']);
});

test('rows behind what the tracker has heard are looked at again', async () => {
  const { steps, place, look } = trial([true, true], [BEHIND, BEHIND, 'found']);
  expect(await readAsOf(place, look, 'look')).toBe('found');
  expect(steps).toEqual(['look', 'wait', 'look', 'wait', 'look']);
});

test('the signal ends it', async () => {
  const { steps, place, look } = trial([false, false, false], [], 3);
  expect(await readAsOf(place, look, 'wait')).toBe(BEHIND);
  expect(steps).toEqual(['wait', 'wait', 'wait']);
});
