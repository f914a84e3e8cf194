import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-11-30T12:00:00Z');

it.each([
  ['1', 1000],
  ['120', 120_000],
  [' 7 ', 7000],
  ['3600', 3_600_000],
  ['3601', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Mon, 30 Nov 2026 12:00:05 GMT', 5000],
  ['Monday, 30-Nov-26 12:00:05 GMT', 5000],
  ['Mon Nov 30 12:00:05 2026', 5000],
  ['Tue, 01 Dec 2026 12:00:00 GMT', 3_600_000],
])('Retry-After %j is a delay of %i ms', (header, delayMs) => {
  expect(retryAfterMs(header, NOW)).toBe(delayMs);
});

it.each([
  ...[undefined, '', '0', '-1', '1.5', '1e3', '0x10', 'soon', '5 s', '1, 2'],
  ...['Mon, 30 Nov 2026 12:00:00 GMT', 'Mon, 30 Nov 2026 11:00:00 GMT', 'Mon, 99 Nov 2026 12:00:00 GMT'],
  ...['2026-11-30T13:00:00Z', 'Mon, 30 Nov 2026 13:00:00 +0100'],
])('Retry-After %j leaves the delay to the policy', (header) => {
  expect(retryAfterMs(header, NOW)).toBeUndefined();
});
