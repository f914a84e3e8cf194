import { expect, test } from 'vitest';
import { restartDelayMs } from './restart-delay.js';

test('the wait before a restart doubles from 100 ms to at most 5 s', () => {
  expect([1, 2, 3, 6, 7, 50].map(restartDelayMs)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});
