import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from './json.js';
import { compactBytes } from './json-size.js';

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
