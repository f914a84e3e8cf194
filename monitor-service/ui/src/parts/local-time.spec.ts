import { expect, it } from 'vitest';
import { instantOf, localOf } from './local-time.js';

it('keeps times as instants, and shows them in the zone of the reader', () => {
  const instant = '2026-03-01T12:30:00.000Z';
  expect(instantOf(localOf(instant))).toBe(instant);
  expect([instantOf(''), localOf('soon')]).toEqual(['', '']);
});
