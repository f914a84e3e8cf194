import { expect, it } from 'vitest';
import { makePace, type PaceOptions } from './pace.js';

/** When turns begin that are wanted at these times, each as soon as it may. */
function beginnings(options: PaceOptions, wanted: readonly number[]): readonly number[] {
  let now = 0;
  const pace = makePace(options, () => now);
  return wanted.map((at) => {
    now = Math.max(now, at);
    now += pace.waitMs();
    pace.turn();
    return Math.round(now);
  });
}

it('lets a turn after a pause begin at once', () => {
  expect(beginnings({ everyMs: 100 }, [0, 100, 250, 1000])).toEqual([0, 100, 250, 1000]);
});

it('lets one that comes sooner wait', () => {
  expect(beginnings({ everyMs: 100 }, [0, 10, 20])).toEqual([0, 100, 200]);
});

it('lets a burst go before it paces, with a gap between its turns', () => {
  const at = [0, 1, 2, 3, 4, 5];
  expect(beginnings({ everyMs: 100, burst: 3 }, at)).toEqual([0, 1, 2, 100, 200, 300]);
  expect(beginnings({ everyMs: 100, burst: 3, gapMs: 20 }, at)).toEqual([0, 20, 40, 100, 200, 300]);
});

it('has a whole burst again after a pause, and no more', () => {
  const wanted = [0, 0, 0, 10_000, 10_000, 10_000, 10_000];
  expect(beginnings({ everyMs: 100, burst: 2 }, wanted)).toEqual([0, 0, 100, 10_000, 10_000, 10_100, 10_200]);
});

it('does not pace what comes as often as it may', () => {
  const wanted = Array.from({ length: 50 }, (_, index) => index * 100);
  expect(beginnings({ everyMs: 100, burst: 5 }, wanted)).toEqual(wanted);
});

it('has no turn wait longer for turns before it that did not wait', () => {
  let now = 0;
  const pace = makePace({ everyMs: 100, burst: 10, gapMs: 20 }, () => now);
  for (let turn = 0; turn < 1000; turn += 1) {
    pace.turn();
    now += 1;
  }
  expect(pace.waitMs()).toBeLessThanOrEqual(100);
});

it('lets the turn after one that left something begin at once', () => {
  let now = 0;
  const pace = makePace({ everyMs: 1000 }, () => now);
  for (const left of [true, true, false]) {
    expect(pace.waitMs()).toBe(0);
    pace.turn(left);
    now += 1;
  }
  expect(pace.waitMs()).toBeGreaterThan(900);
});
