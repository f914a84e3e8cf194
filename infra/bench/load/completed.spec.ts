import { expect, it } from 'vitest';
import { completedPerSecond } from './completed.js';

const completed = (endedAt: readonly number[]) => ({ ids: [], startedAt: 1000, endedAt, looks: 0 });

it('leaves out the last twentieth', () => {
  const ends = Array.from({ length: 100 }, (_, index) => 1000 + (index < 95 ? (index + 1) * 100 : 60_000));
  expect(completedPerSecond(completed(ends))).toBeCloseTo(10);
});

it('counts all of a few', () => {
  expect(completedPerSecond(completed([1500, 2000]))).toBe(2);
});

it('has no rate without runs', () => {
  expect(() => completedPerSecond(completed([]))).toThrow(RangeError);
});
