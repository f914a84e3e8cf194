import { describe, expect, it } from 'vitest';
import { withNewest, withOlder, withStatuses, type RunItem, type RunList, type RunPage } from './run-list.js';

const run = (second: number, status = 'Running'): RunItem =>
  ({
    executionId: `T:W:F:${second}`,
    createdAt: `2026-01-01T00:00:${second}.000Z`,
    status,
    startedAt: null,
    closedAt: null,
  }) as RunItem;
const page = (seconds: readonly number[], nextPageToken: string | null = 'next'): RunPage => ({
  items: seconds.map((second) => run(second)),
  nextPageToken,
});
const seconds = (items: readonly RunItem[]): readonly number[] =>
  items.map(({ executionId }) => Number(executionId.slice(6)));

it('grows at both ends', () => {
  const first = withNewest(undefined, page([15, 14, 13], 'a'));
  const more = withOlder(first, page([12, 11], 'b'));
  const later = withNewest(more, page([17, 16, 15], 'c'));
  expect([seconds(later.items), later.older]).toEqual([[17, 16, 15, 14, 13, 12, 11], 'b']);
});

it('forgets what the newest page does not list any more', () => {
  const list = withOlder(withNewest(undefined, page([15, 14, 13])), page([12]));
  expect(seconds(withNewest(list, page([15, 13])).items)).toEqual([15, 13, 12]);
});

it('begins again where runs may be missing between the newest and those that are known', () => {
  const list = withNewest(undefined, page([15, 14, 13]));
  expect(withNewest(list, page([33, 32, 31], 'z'))).toMatchObject({ items: page([33, 32, 31]).items, older: 'z' });
});

it('is the page where that is all there is', () => {
  const list = withOlder(withNewest(undefined, page([15, 14])), page([12], null));
  expect(seconds(withNewest(list, page([15], null)).items)).toEqual([15]);
  expect(withNewest(list, page([], null)).items).toEqual([]);
});

describe('while newer runs come', () => {
  /** Runs of long ago, of one page after the other: each page begins a second later than the one before. */
  const at = (from: number): RunPage => ({
    items: Array.from({ length: 50 }, (_, index) => numbered(from - index)),
    nextPageToken: `behind ${from - 49}`,
  });
  const numbered = (number: number): RunItem => ({
    ...run(0),
    executionId: `T:W:F:${number}`,
    createdAt: new Date(number * 1_000).toISOString(),
  });
  const later = (list: RunList | undefined, from: number, to: number): RunList => {
    let read = list ?? withNewest(undefined, at(from));
    for (let newest = from + 10; newest <= to; newest += 10) read = withNewest(read, at(newest));
    return read;
  };

  it('loses its oldest ones, and goes on behind those that are left', () => {
    const list = later(undefined, 10_000, 12_000);
    expect(list.items.length).toBe(200);
    expect(list.older).toBe(`behind ${seconds(list.items).at(-1)}`);
    expect(seconds(withOlder(list, at(11_800)).items)).toEqual(
      Array.from({ length: 250 }, (_, index) => 12_000 - index),
    );
    expect(list.ends.size).toBeLessThan(25);
  });

  it('keeps the older ones that were asked for', () => {
    const asked = withOlder(later(undefined, 10_000, 10_500), at(10_300));
    const oldest = seconds(asked.items).at(-1);
    expect(seconds(later(asked, 10_500, 11_400).items).at(-1)).toBe(oldest);
    expect(later(asked, 10_500, 20_000).items.length).toBeLessThanOrEqual(1_250);
  });
});

describe('what the stream tells', () => {
  const frame = (second: number, kind: string, status: string) =>
    ({ executionId: `T:W:F:${second}`, kind, status, at: `at ${kind}` }) as Parameters<typeof withStatuses>[1][number];
  const list = withOlder(withNewest(undefined, page([15, 14])), page([12, 11]));
  const shown = ({ items }: typeof list) =>
    items.map(({ status, startedAt, closedAt }) => [status, startedAt, closedAt].join(' '));

  it('changes runs of every age', () => {
    const told = withStatuses(
      list,
      [frame(15, 'started', 'Running'), frame(11, 'started', 'Running'), frame(11, 'closed', 'Failed')],
      undefined,
    );
    expect(shown(told)).toEqual([...['Running at started ', 'Running  ', 'Running  ', 'Failed at started at closed']]);
    expect(shown(withStatuses(told, [frame(11, 'started', 'Running')], undefined)).at(-1)).toMatch(/^Failed/);
  });

  it('takes away what has not the wanted status any more', () => {
    expect(seconds(withStatuses(list, [frame(12, 'closed', 'Completed')], 'Running').items)).toEqual([15, 14, 11]);
  });

  it('is not undone by a page that was read before it was there', () => {
    const told = withStatuses(list, [frame(14, 'closed', 'Completed')], undefined);
    expect(withNewest(told, page([15, 14])).items[1]).toMatchObject({ status: 'Completed', closedAt: 'at closed' });
  });
});
