import { describe, expect, test } from 'vitest';
import { formatDuration, MAX_DURATION_MS, parseCatchupWindow, parseDuration } from './duration.js';

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

describe('parseDuration', () => {
  test.each([
    ['PT30S', 30 * second],
    ['PT5M', 300 * second],
    ['P1D', day],
    ['P1DT2H30M', day + 2.5 * hour],
    ['PT0.5S', 500],
    ['P1Y', 365 * day],
    ['P2M', 60 * day],
    ['P2W', 14 * day],
    ['PT0S', 0],
    ['P0D', 0],
    ['P1Y1M1W1DT1H1M1.001S', (365 + 30 + 7 + 1) * day + hour + 61_001],
    ['P3650D', MAX_DURATION_MS],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each([
    'P',
    'PT',
    'pt5m',
    '5m',
    'P1.5D',
    '-PT1S',
    '',
    'P1DT',
    'PT1M1H',
    'P1H',
    'PT1D',
    'PT.5S',
    'PT1.S',
    'PT0,5S',
    '+PT1S',
    'PT-1S',
    ' PT1S',
    'PT1S\n',
    'P3650DT1S',
    'P3650DT0.001S',
    `P${'9'.repeat(400)}D`,
    'PT٣S',
  ])('%j is refused', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('a fraction finer than a millisecond is rounded', () => {
    expect(parseDuration('PT0.0004S')).toBe(0);
    expect(parseDuration('PT1.0006S')).toBe(1001);
  });
});

test.each([
  [0, 'PT0S'],
  [500, 'PT0.5S'],
  [day + 2 * hour, 'P1DT2H'],
  [61_001, 'PT1M1.001S'],
])('formatDuration(%d) is %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});

describe('parseCatchupWindow', () => {
  test.each([
    ['30s', 30 * second],
    ['5m', 300 * second],
    ['2h', 2 * hour],
    ['1d', day],
    ['PT1M', 60 * second],
    ['0s', 0],
  ])('%s is %d ms', (text, expected) => {
    expect(parseCatchupWindow(text)).toBe(expected);
  });

  test.each(['', 'm', '5', '5 m', '-5m', '1.5h', '5M', '4000d', '1w'])('%j is refused', (text) => {
    expect(parseCatchupWindow(text)).toBeUndefined();
  });
});
