import { expect, test } from 'vitest';
import { unkeepableTextIn } from './unkeepable-text.js';

test.each([
  [{ name: 'x\0y' }, '/name'],
  [{ a: [{ b: 'ok' }, { c: 'half \ud83d of a pair' }] }, '/a/1/c'],
  [{ 'a/b': { '\udc4d': 1 } }, '/a~1b'],
  ['\0', ''],
  [{ a: 'a pair \u{1f44d}, \uffff, \ufffd, \u0001' }, undefined],
  [{ a: null, b: 1, c: true, d: [] }, undefined],
])('pointer to the first text with a NUL or half of a surrogate pair: %j', (value, pointer) => {
  expect(unkeepableTextIn(value)).toBe(pointer);
});
