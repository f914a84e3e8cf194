import { expect, test } from 'vitest';
import { parseTimestamp, parseTimestampMs } from './timestamp.js';

test.each([
  '2026-01-01T00:00:00Z',
  '2024-02-29T23:59:59.999Z',
  '2026-06-30t12:00:00+05:45',
  '1969-12-31T23:59:59.5-08:00',
  '9999-12-31T23:59:59Z',
])('%s is what Date.parse reads', (text) => {
  expect(parseTimestampMs(text)).toBe(Date.parse(text.toUpperCase()));
});

test('a fraction has up to nine digits; years below 100 are themselves', () => {
  expect(parseTimestamp('1970-01-01T00:00:01.000000001Z')).toEqual({ seconds: 1, nanos: 1 });
  expect(parseTimestamp('1969-12-31T23:59:59.25Z')).toEqual({ seconds: -1, nanos: 250_000_000 });
  expect(parseTimestamp('0001-01-01T00:00:00Z')?.seconds).toBe(-62_135_596_800);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-32T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T23:60:00Z',
  '2026-01-01T23:59:60Z',
  '2026-01-01T00:00:00+24:00',
  '2026-01-01T00:00:00+01:60',
  '2026-01-01T00:00:00',
  '2026-01-01 00:00:00Z',
  '2026-01-01T00:00:00.Z',
  '2026-01-01T00:00:00.0000000001Z',
  '2026-1-1T00:00:00Z',
  '2026-01-01',
  '',
])('%j is no time', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
