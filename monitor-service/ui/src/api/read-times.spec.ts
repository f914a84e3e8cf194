import { expect, it } from 'vitest';
import { withReadsBehind } from './read-times.js';

it('reads soon after something has happened, and once it is certain to be in the read models', () => {
  expect(withReadsBehind([], 1_000)).toEqual([1_100, 1_700, 2_500]);
});

it('reads little more for much that happens than for little', () => {
  let planned: readonly number[] = [];
  let reads = 0;
  for (let now = 0; now < 10_000; now += 10) {
    reads += planned.filter((at) => at <= now).length;
    planned = withReadsBehind(
      planned.filter((at) => at > now),
      now,
    );
  }
  expect(reads).toBeGreaterThan(10);
  expect(reads).toBeLessThan(25);
  expect(planned.at(-1)).toBeGreaterThan(9_990 + 1_000);
});
