import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from './json.js';
import { compactBytes, hasMoreValues } from './json-size.js';

const values = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<Json>(1e20, -0, 1e-7, 5e-324, '"\\\u0001\n\ud800é👍', { 'ke"y': [[], {}] }),
);

test('the size of a value is that of its compact JSON', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = Buffer.byteLength(JSON.stringify(value));
      expect(compactBytes(value as Json, bytes)).toBe(bytes);
      expect(compactBytes(value as Json, bytes - 1)).toBeUndefined();
    }),
  );
});

test('a part that is used in many places counts in each, and measuring ends with the bound', () => {
  let shared: Json = Array.from({ length: 25 }, () => 1e20);
  for (let level = 0; level < 12; level++) {
    const part: Json = shared;
    shared = Array.from({ length: 25 }, () => part);
  }
  const started = performance.now();
  expect(compactBytes(shared, 4_000_000)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(2000);
});

test('a value that contains itself is larger than any bound', () => {
  const loop: Json[] = [];
  loop.push(loop, { loop });
  expect(compactBytes(loop, 10_000)).toBeUndefined();
});

/** Members and items of a value. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, member) => sum + 1 + valuesIn(member), 0);
}

test('members and items are counted, in each place where a part is used, up to the bound', () => {
  fc.assert(
    fc.property(values, (value) => {
      const shared = [value, { again: value }] as Json;
      const count = 3 + 2 * valuesIn(value);
      expect(hasMoreValues(shared, count)).toBe(false);
      expect(hasMoreValues(shared, count - 1)).toBe(true);
    }),
  );
  const loop: Json[] = [];
  loop.push(loop, { loop });
  expect(hasMoreValues(loop, 10_000)).toBe(true);
});
