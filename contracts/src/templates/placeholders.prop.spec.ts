import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeholderNames, replacePlaceholders } from './placeholders.js';

const names = fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/);
const blanks = fc.stringMatching(/^[ \n]{0,3}$/);
const texts = fc.string().filter((text) => !/[${}]/.test(text));

test('every placeholder is replaced once, and what is put in is not looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, names, blanks, blanks)), texts, (parts, end) => {
      const text = parts.map(([before, name, left, right]) => `${before}\${{${left}${name}${right}}}`).join('') + end;
      const expected = parts.map(([before, name]) => `${before}<\${{ ${name} }}>`).join('') + end;
      expect(replacePlaceholders(text, (name) => `<\${{ ${name} }}>`)).toBe(expected);
      expect(placeholderNames(text)).toEqual(new Set(parts.map(([, name]) => name)));
    }),
  );
});

test('a text in which nothing is replaced stays, whatever its brackets', () => {
  const broken = fc.array(fc.constantFrom('$', '{', '}', '{{', '}}', '${{', 'a', ' ')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(broken, (text) => {
      expect(replacePlaceholders(text, () => undefined)).toBe(text);
    }),
  );
});

test('takes time by the length of the text, with nothing but openings or closings too', () => {
  for (const text of ['${{ '.repeat(100_000), '}} '.repeat(100_000), '${{'.repeat(50_000) + '}}'.repeat(50_000)]) {
    expect(replacePlaceholders(text, () => undefined)).toBe(text);
  }
});
