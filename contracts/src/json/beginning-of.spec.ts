import { expect, it } from 'vitest';
import { attemptError } from '../log/index.js';
import { beginningOf } from './beginning-of.js';
import { isUnkeepable } from './unkeepable-text.js';

it.each([
  ['', 3, ''],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['ab😀', 4, 'ab😀'],
  ['ab😀', 3, 'ab'],
  ['😀', 1, ''],
])('%j up to %i', (text, most, beginning) => {
  expect(beginningOf(text, most)).toBe(beginning);
});

it('a message that is cut in a character stays a text that can be kept', () => {
  const { message } = attemptError({ message: `x${'😀'.repeat(1000)}` });
  expect(isUnkeepable(message)).toBe(false);
  expect(message).toBe(`x${'😀'.repeat(499)}…`);
});
