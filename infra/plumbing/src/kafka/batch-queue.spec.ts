import { expect, test } from 'vitest';
import { batchesOf, makeBatchQueue, type QueuedGroup } from './batch-queue.js';

const group = (count: number, bytes: number): QueuedGroup => ({
  records: Array.from({ length: count }, () => ({ partition: 0, key: 'k', value: Buffer.alloc(0), headers: {} })),
  bytes,
  atOnce: false,
  deadline: 0,
  resolve: () => undefined,
  reject: () => undefined,
});
const sizes = (groups: readonly QueuedGroup[]): number[] => groups.map(({ bytes }) => bytes);

test('a batch ends where the next group would exceed a bound', () => {
  const queue = makeBatchQueue({ maxBatchRecords: 3, maxBatchBytes: 100 });
  for (const one of [group(1, 40), group(1, 60), group(1, 10), group(2, 5), group(2, 5)]) queue.push(one);
  expect(queue.waiting()).toBe(7);
  expect(queue.waitingBytes()).toBe(120);
  expect(sizes(queue.takeBatch())).toEqual([40, 60]);
  expect(sizes(queue.takeBatch())).toEqual([10, 5]);
  expect(sizes(queue.takeBatch())).toEqual([5]);
  expect(queue.takeBatch()).toEqual([]);
  expect(queue.waiting()).toBe(0);
  expect(queue.waitingBytes()).toBe(0);
});

test('a group larger than the bounds goes alone, undivided', () => {
  const queue = makeBatchQueue({ maxBatchRecords: 3, maxBatchBytes: 100 });
  for (const one of [group(9, 900), group(1, 1)]) queue.push(one);
  expect(sizes(queue.takeBatch())).toEqual([900]);
  expect(sizes(queue.takeBatch())).toEqual([1]);
});

test('it is urgent as long as a group waits that is to go at once', () => {
  const queue = makeBatchQueue({ maxBatchRecords: 2, maxBatchBytes: 100 });
  for (const one of [group(1, 1), group(1, 1), { ...group(1, 1), atOnce: true }, group(1, 1)]) queue.push(one);
  queue.takeBatch();
  expect(queue.isUrgent()).toBe(true);
  queue.takeBatch();
  expect(queue.isUrgent()).toBe(false);
});

test('records are cut into batches by bytes and by count, in order, a large one alone', () => {
  const record = (bytes: number) => ({ partition: 0, key: null, value: Buffer.alloc(bytes), headers: {} });
  const bounds = { maxBatchRecords: 3, maxBatchBytes: 10_000 };
  const cut = (sizes: readonly number[]): number[][] =>
    [...batchesOf(sizes.map(record), bounds)].map((batch) => batch.map(({ value }) => value.length));
  expect(cut([4000, 4000, 4000])).toEqual([[4000, 4000], [4000]]);
  expect(cut([1, 2, 3, 4, 5])).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(cut([1, 50_000, 2])).toEqual([[1], [50_000], [2]]);
  expect(cut([])).toEqual([]);
});
