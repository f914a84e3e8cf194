import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../task-error.js';
import { likePattern } from './like.js';

/** JavaScript has no `\z`, and its `$` without a flag is the same. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(likePattern(pattern, '/p').replace(/\\z$/, '$'), 'su').test(text);

describe('a pattern of like', () => {
  it.each<[string, string, boolean]>([
    ['a%', 'abc', true],
    ['a%', 'ba', false],
    ['%c', 'abc', true],
    ['%b%', 'abc', true],
    ['a_c', 'abc', true],
    ['a_c', 'ac', false],
    ['', '', true],
    ['', 'a', false],
    ['%', 'two\nlines', true],
    ['abc', 'abc\n', false],
    ['a.c', 'abc', false],
    ['a.c', 'a.c', true],
    ['(a+)+$', '(a+)+$', true],
    ['100\\%', '100%', true],
    ['100\\%', '1000', false],
    ['a\\_c', 'abc', false],
    ['\\\\', '\\', true],
    ['[a-z]', 'b', false],
    ['_', '😀', true],
    ['Ab', 'ab', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('that is escaped as a whole matches its text and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }), (text, other) => {
        fc.pre(!text.includes('\0') && text !== other);
        const escaped = text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
        expect(matches(escaped, text)).toBe(true);
        expect(matches(escaped, other)).toBe(false);
      }),
    );
  });

  it.each(['%a'.repeat(9), 'a'.repeat(1001), 'a\\', 'a\0'])('%j is refused', (pattern) => {
    expect(() => likePattern(pattern, '/p')).toThrow(TaskError);
  });

  it('asks for no more than eight tries, however many signs stand together', () => {
    expect(likePattern(`${'%'.repeat(500)}a`, '/p')).toBe('^.*a\\z');
  });
});
