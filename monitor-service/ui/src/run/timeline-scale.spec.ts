import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pauseMarks, timelineScale } from './timeline-scale.js';

const HOUR = 3_600_000;

it('draws an hour of waiting short, and says so', () => {
  const scale = timelineScale(
    [
      { from: 0, to: 100 },
      { from: HOUR, to: HOUR + 100 },
    ],
    { from: 0, to: HOUR + 100 },
  );
  expect(scale.gaps.map(({ from, to }) => [from, to])).toEqual([[100, HOUR]]);
  expect(scale.place(HOUR) - scale.place(100)).toBeLessThan(0.1);
  expect([scale.place(0), scale.place(HOUR + 100)]).toEqual([0, 1]);
});

it('leaves short pauses as they are', () => {
  const scale = timelineScale(
    [
      { from: 0, to: 40 },
      { from: 50, to: 100 },
    ],
    { from: 0, to: 100 },
  );
  expect([scale.gaps, scale.place(45)]).toEqual([[], 0.45]);
});

it('never goes back, for any spans', () => {
  const span = fc.record({ from: fc.nat(10_000), to: fc.nat(10_000) });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), fc.nat(10_000), (spans, end) => {
      const { place } = timelineScale(spans, { from: 0, to: end });
      const places = Array.from({ length: 50 }, (_, index) => place((index * 10_000) / 49));
      expect(places.every((one, index) => one >= 0 && one <= 1 && one >= (places[index - 1] ?? 0))).toBe(true);
    }),
  );
});

it('marks pauses that are near each other once, so that there are a hundred marks at most', () => {
  const gap = (from: number, at: number) => ({ from, to: from + HOUR, at });
  expect(pauseMarks([gap(0, 0.1), gap(HOUR, 0.105), gap(2 * HOUR, 0.12)])).toEqual([
    { at: 0.1, count: 2, ms: 2 * HOUR },
    { at: 0.12, count: 1, ms: HOUR },
  ]);
  const many = Array.from({ length: 1_000 }, (_, index) => gap(index * HOUR, index / 1_000));
  expect(pauseMarks(many).length).toBeLessThanOrEqual(101);
  expect(pauseMarks(many).reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
});
