import { describe, expect, it } from 'vitest';
import { summarise } from './figure.js';
import { renderNumber, renderSpread, renderTable } from './table.js';

describe('renderNumber', () => {
  it.each([
    [0.012345, '0.0123'],
    [1, '1'],
    [12.34, '12.3'],
    [99.96, '100'],
    [123.4, '123'],
    [20108, '20,108'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => {
    expect(renderNumber(value)).toBe(text);
  });
});

describe('renderSpread', () => {
  it('shows the range only where there is one', () => {
    expect(renderSpread({ median: 2, min: 2, max: 2 })).toBe('2');
    expect(renderSpread({ median: 2, min: 1, max: 3 })).toBe('2 (1–3)');
  });
});

describe('renderTable', () => {
  it('says for each aim whether it is met', () => {
    const table = renderTable([
      summarise({
        row: 'a',
        name: 'completed runs',
        unit: '/s',
        aim: { of: 'ratio', is: 'at least', value: 0.95 },
        samples: [{ ours: 9, baseline: 10 }],
      }),
      summarise({ row: 'f', name: 'detection', unit: 's', aim: null, samples: [{ ours: 3.5, baseline: null }] }),
    ]);
    const [headings, , first, second] = table.split('\n');
    expect(headings).toMatch(/^row +figure +ours ÷ baseline +aim +met/);
    expect(first).toMatch(/^a +completed runs +0\.9 +≥ 0\.95 × +NO +9 +10 +\/s$/);
    expect(second).toMatch(/^f +detection +3\.5 +s$/);
  });
});
