import { describe, expect, it } from 'vitest';
import { withNewest, withOlder, withStatuses, type RunItem, type RunPage } from './run-list.js';

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
  expect(withNewest(list, page([33, 32, 31], 'z'))).toEqual({ items: page([33, 32, 31]).items, older: 'z' });
});

it('is the page where that is all there is', () => {
  const list = withOlder(withNewest(undefined, page([15, 14])), page([12], null));
  expect(seconds(withNewest(list, page([15], null)).items)).toEqual([15]);
  expect(withNewest(list, page([], null)).items).toEqual([]);
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
