import { describe, expect, it } from 'vitest';
import { distributionOf, percentile, spreadOf } from './statistics.js';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('of 1 to 100 at %d is %d', (q, expected) => {
    expect(percentile(hundred, q)).toBe(expected);
  });
  it('takes a single value for every share', () => {
    expect([0, 0.5, 1].map((q) => percentile([7], q))).toEqual([7, 7, 7]);
  });
  it('refuses to invent one', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('distributionOf', () => {
  it('leaves its input as it is', () => {
    const values = [3, 1, 2];
    expect(distributionOf(values)).toEqual({ count: 3, p50: 2, p95: 3, p99: 3, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('spreadOf', () => {
  it('takes the middle of an odd number', () => {
    expect(spreadOf([10, 2, 9])).toEqual({ median: 9, min: 2, max: 10 });
  });
  it('takes the mean of the middle two of an even number', () => {
    expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });
  it('refuses to invent one', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
