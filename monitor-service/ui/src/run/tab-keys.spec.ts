import { expect, it } from 'vitest';
import { tabAfter } from './tab-keys.js';

it('goes round with the arrows, and to both ends', () => {
  const after = (shown: string, key: string) => tabAfter(['a', 'b', 'c'], shown, key);
  expect([after('a', 'ArrowRight'), after('c', 'ArrowRight')]).toEqual(['b', 'a']);
  expect([after('b', 'ArrowLeft'), after('a', 'ArrowLeft')]).toEqual(['a', 'c']);
  expect([after('b', 'Home'), after('b', 'End'), after('b', 'x')]).toEqual(['a', 'c', undefined]);
});
