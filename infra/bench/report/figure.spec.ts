import { describe, expect, it } from 'vitest';
import { summarise, type Aim, type Figure, type Sample } from './figure.js';

const figure = (samples: readonly Sample[], aim: Aim | null = null): Figure => ({
  row: 'a',
  name: 'x',
  unit: '/s',
  aim,
  samples,
});

describe('summarise', () => {
  it('takes the ratio within each repetition', () => {
    const { ratio, ours, baseline } = summarise(
      figure([
        { ours: 10, baseline: 20 },
        { ours: 30, baseline: 30 },
        { ours: 8, baseline: 2 },
      ]),
    );
    expect(ratio).toEqual({ median: 1, min: 0.5, max: 4 });
    expect(ours.median).toBe(10);
    expect(baseline?.median).toBe(20);
  });

  it.each<[Aim, boolean]>([
    [{ of: 'ratio', is: 'at least', value: 2 }, true],
    [{ of: 'ratio', is: 'at least', value: 2.1 }, false],
    [{ of: 'ratio', is: 'at most', value: 2 }, true],
    [{ of: 'ours', is: 'at most', value: 3 }, false],
    [{ of: 'ours', is: 'at least', value: 4 }, true],
  ])('judges %j', (aim, met) => {
    expect(summarise(figure([{ ours: 4, baseline: 2 }], aim)).isMet).toBe(met);
  });

  it('never meets an aim on a ratio that was not measured', () => {
    const aim: Aim = { of: 'ratio', is: 'at most', value: 100 };
    expect(summarise(figure([{ ours: 4, baseline: null }], aim)).isMet).toBe(false);
  });

  it('has no ratio to nothing, and shows the nothing', () => {
    const { ratio, baseline } = summarise(figure([{ ours: 4, baseline: 0 }]));
    expect(ratio).toBeNull();
    expect(baseline?.median).toBe(0);
  });

  it('has no verdict without an aim', () => {
    expect(summarise(figure([{ ours: 4, baseline: null }]))).toMatchObject({
      ratio: null,
      baseline: null,
      isMet: null,
    });
  });
});
