import { describe, expect, it } from 'vitest';
import { durationMs, flag, integer, json, list, oneOf, optional, text } from './entries.js';
import { InvalidConfig, readConfig } from './read-config.js';

describe('readConfig', () => {
  it('reads every kind of value', () => {
    const env = { A: 'x', B: '7', C: '1.5s', D: 'off', E: 'a, b,,c', F: 'two', G: '{"k":1}' };
    const spec = {
      a: text('A'),
      b: integer('B'),
      c: durationMs('C'),
      d: flag('D'),
      e: list('E'),
      f: oneOf('F', ['one', 'two']),
      g: json('G', (value) => value as { k: number }),
    };
    expect(readConfig(env, spec)).toEqual({
      a: 'x',
      b: 7,
      c: 1500,
      d: false,
      e: ['a', 'b', 'c'],
      f: 'two',
      g: { k: 1 },
    });
  });

  it('takes the fallback for what is absent or empty', () => {
    expect(readConfig({ B: '' }, { a: text('A', 'x'), b: integer('B', 3), c: optional(text('C')) })).toEqual({
      a: 'x',
      b: 3,
      c: undefined,
    });
  });

  it('names every fault at once and no value', () => {
    const env = { PORT: 'secret-looking', WAIT: '5', ON: 'perhaps' };
    const read = () => readConfig(env, { p: integer('PORT'), w: durationMs('WAIT'), o: flag('ON'), u: text('URL') });
    expect(read).toThrow(InvalidConfig);
    expect(read).toThrow(/PORT[^]*WAIT[^]*ON[^]*URL is required/);
    expect(read).not.toThrow(/secret-looking/);
  });

  it.each([
    ['7d', 604_800_000],
    ['0s', 0],
    ['250ms', 250],
    ['1h', 3_600_000],
  ])('reads the span %s', (value, expected) => {
    expect(readConfig({ V: value }, { v: durationMs('V') }).v).toBe(expected);
  });
});
