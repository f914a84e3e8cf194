import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.js';

const read = (text: string, integers: 'refuse' | 'text' = 'refuse') => readJson(Buffer.from(text), integers);

describe('an integer beyond 2^53', () => {
  it.each([
    ['{"input":{"id":3544790567247868102}}', '"/input/id": 3544790567247868102;'],
    ['{"a":["3544790567247868102",-9007199254740993]}', '"/a/1": -9007199254740993;'],
    [`{"a":${'9'.repeat(400)}}`, `"/a": ${'9'.repeat(40)}…;`],
  ])('is refused with its place where the sender can be told: %s', (text, place) => {
    const result = read(text);
    expect(result).toMatchObject({ ok: false, isJson: true });
    expect(!result.ok && result.reason).toBe(`has an integer beyond 2^53 at ${place} send it as a string.`);
  });

  it('is kept as its decimal text where the sender cannot', () => {
    expect(read('{"id":3544790567247868102,"n":[1,-9007199254740993]}', 'text')).toEqual({
      ok: true,
      value: { id: '3544790567247868102', n: [1, '-9007199254740993'] },
    });
  });

  it('is one only where it is written without fraction and exponent', () => {
    expect(read('[9007199254740992,1e30,9007199254740993.0,"9007199254740993"]')).toEqual({
      ok: true,
      value: [9007199254740992, 1e30, 9007199254740992, '9007199254740993'],
    });
  });
});

describe('a byte order mark', () => {
  it('in front of JSON counts for nothing', () => {
    expect(read('\ufeff{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  });

  it('is no part of JSON elsewhere, and one alone is none', () => {
    expect(read('\ufeff\ufeff{}').ok).toBe(false);
    expect(read('{}\ufeff').ok).toBe(false);
    expect(read('\ufeff').ok).toBe(false);
  });
});
