import { describe, expect, it } from 'vitest';
import { benchOptions, InvalidOptions } from './options.js';

describe('benchOptions', () => {
  it('measures everything three times by default', () => {
    expect(benchOptions([])).toMatchObject({
      rows: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q'],
      repetitions: 3,
      isQuick: false,
    });
  });
  it('takes rows in the order of the table, once', () => {
    expect(benchOptions(['--row', 'c, a,c']).rows).toEqual(['a', 'c']);
  });
  it('measures once when quick', () => {
    expect(benchOptions(['--quick']).repetitions).toBe(1);
  });
  it('measures our services as one process where that is asked for, in the rows that can', () => {
    expect(benchOptions([]).isCompact).toBe(false);
    expect(benchOptions(['--compact'])).toMatchObject({ isCompact: true, rows: ['a', 'c', 'g'] });
    expect(() => benchOptions(['--compact', '--row', 'a,h'])).toThrow('not h');
  });
  it.each([['--row', 'x'], ['--repetitions', '0'], ['--repetitions', 'many'], ['--unknown'], ['loose']])(
    'refuses %s %s',
    (...args) => {
      expect(() => benchOptions(args)).toThrow(InvalidOptions);
    },
  );
});
