import { expect, test } from 'vitest';
import { inexactIntegersIn, parseJsonExactly } from './exact-integers.js';

const inexact = (json: string): string[] => inexactIntegersIn(json).map(({ start, end }) => json.slice(start, end));

test.each([
  ['{"id":3544790567247868102}', ['3544790567247868102']],
  ['[9007199254740992,9007199254740993,-9007199254740993]', ['9007199254740993', '-9007199254740993']],
  ['[ -12345678901234567890 , 1]', ['-12345678901234567890']],
  ['12345678901234567890', ['12345678901234567890']],
  ['[12345678901234567890.0,1234567890123456789e0,1234567890123456789E+1]', []],
  ['[0.1234567890123456789,1e1234567890123456,1e-1234567890123456]', []],
  ['{"12345678901234567890":"12345678901234567890"}', []],
  [
    '["\\"12345678901234567890", "\\\\", 12345678901234567891, "\\\\\\",12345678901234567892"]',
    ['12345678901234567891'],
  ],
])('integers beyond 2^53 outside of texts: %s', (json, expected) => {
  expect(inexact(json)).toEqual(expected);
});

test('they are read as their decimal text, and nothing else is', () => {
  expect(parseJsonExactly('{"a":[12345678901234567890,-9007199254740993],"b":1.5,"c":9007199254740992}')).toEqual({
    a: ['12345678901234567890', '-9007199254740993'],
    b: 1.5,
    c: 9007199254740992,
  });
});

test('a text that is no JSON does not become some', () => {
  for (const text of ['{12345678901234567890:1}', '[012345678901234567890]', '12345678901234567890 1']) {
    expect(() => parseJsonExactly(text)).toThrow(SyntaxError);
  }
});

test('time is linear in the text, whatever it holds', () => {
  const size = 1_000_000;
  const hostile = [
    `"${'\\\\'.repeat(size)}"`,
    `[${'1'.repeat(size)}.5]`,
    `["x"${',"\\""'.repeat(size / 5)},12345678901234567890]`,
  ];
  const started = performance.now();
  expect(hostile.map((json) => inexact(json).length)).toEqual([0, 0, 1]);
  expect(performance.now() - started).toBeLessThan(5000);
});
