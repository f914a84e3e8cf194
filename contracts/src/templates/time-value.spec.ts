import { describe, expect, test } from 'vitest';
import { formatTimeValue, readTimeValue } from './time-value.js';

describe('time values', () => {
  test.each<[string, number]>([
    ['10s', 10_000],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['2500micros', 2],
    ['3000000nanos', 3],
    ['0', 0],
    ['-1', -1],
    ['-5s', -5000],
    [' 5 S ', 5000],
    ['999999999999d', 3650 * 86_400_000],
  ])('%s is %i ms', (text, ms) => {
    expect(readTimeValue(text, 'wait')).toEqual({ ok: true, ms });
  });

  test.each<[string, string]>([
    ['5', 'failed to parse setting [wait] with value [5] as a time value: unit is missing or unrecognized'],
    ['', 'failed to parse setting [wait] with value [] as a time value: unit is missing or unrecognized'],
    ['5M', 'failed to parse setting [wait] with value [5M] as a time value: unit is missing or unrecognized'],
    ['1.5s', 'failed to parse [1.5s], fractional time values are not supported'],
    ['xs', 'failed to parse [xs]'],
    ['s', 'failed to parse [s]'],
  ])('%j is none', (text, message) => {
    expect(readTimeValue(text, 'wait')).toEqual({ ok: false, message });
  });

  test.each<[number, string]>([
    [60_000, '1m'],
    [15_000, '15s'],
    [1500, '1500ms'],
    [7_200_000, '2h'],
    [0, '0ms'],
  ])('%i ms is written as %s', (ms, text) => {
    expect(formatTimeValue(ms)).toBe(text);
  });
});
