import { expect, it } from 'vitest';
import { clockOffset } from './server-clock.js';

const AT = Date.parse('2026-01-01T00:00:10.000Z');
const DATE = new Date(AT).toUTCString();

it('is the server’s where the browser’s is wrong', () => {
  expect(clockOffset(0, DATE, AT - 60_000, AT - 60_000)).toBe(60_500);
  expect(clockOffset(0, DATE, AT + 3_600_000, AT + 3_600_200)).toBe(500 - 3_600_100);
});

it('does not jump for less than a Date header can say, nor for a slow answer', () => {
  expect(clockOffset(0, DATE, AT, AT + 999)).toBe(0);
  expect(clockOffset(60_500, DATE, AT - 59_000, AT - 59_000)).toBe(60_500);
  expect(clockOffset(0, DATE, AT - 20_000, AT + 1_000)).toBe(0);
  expect(clockOffset(7, 'soon', AT, AT)).toBe(7);
});

it('is the browser’s again when that was set right', () => {
  expect(clockOffset(60_500, DATE, AT, AT)).toBe(0);
});
