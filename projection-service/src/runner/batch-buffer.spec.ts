import { describe, expect, it } from 'vitest';
import { makeBatchBuffer } from './batch-buffer.js';
import type { Slice } from './source.js';

const at = (offset: number, epoch = 1) => ({ offset, epoch, owner: 'o' });
const slice = (partition: number, offsets: readonly number[], end: number): Slice<string> => ({
  partition,
  items: offsets.map((offset) => ({ kind: 'message', partition, offset, timestamp: offset, message: `m${offset}` })),
  position: at(end),
  endOffset: 100,
});
const open = (maxItems = 10) =>
  makeBatchBuffer<string>(
    new Map([
      [0, at(5)],
      [1, at(0)],
    ]),
    maxItems,
  );
const settled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => {
      setImmediate(() => resolve(false));
    }),
  ]);

describe('batch buffer', () => {
  it('gives everything that arrived as one batch, from where the last one ended', async () => {
    const buffer = open();
    buffer.add([slice(0, [5, 6], 7), slice(1, [0], 1)]);
    buffer.add([slice(0, [9], 10)]);
    const first = await buffer.take();
    expect(first.map(({ partition, from, to, items }) => [partition, from.offset, to.offset, items.length])).toEqual([
      [0, 5, 10, 3],
      [1, 0, 1, 1],
    ]);
    buffer.add([slice(0, [10], 11)]);
    expect(await buffer.take()).toMatchObject([{ partition: 0, from: at(10), to: at(11) }]);
  });

  it('passes on a step without messages: a position is progress', async () => {
    const buffer = open();
    buffer.add([slice(1, [], 4)]);
    expect(await buffer.take()).toMatchObject([{ partition: 1, from: at(0), to: at(4), items: [] }]);
  });

  it('waits for something, and for room', async () => {
    const buffer = open(2);
    const taking = buffer.take();
    expect(await settled(taking)).toBe(false);
    buffer.add([slice(0, [5, 6, 7], 8)]);
    await taking;
    buffer.add([slice(0, [8, 9], 10)]);
    const room = buffer.room();
    expect(await settled(room)).toBe(false);
    await buffer.take();
    expect(await settled(room)).toBe(true);
  });

  it('ends all waiting when closed, and leaves out partitions it was not opened for', async () => {
    const buffer = open();
    buffer.add([slice(7, [1], 2)]);
    const taking = buffer.take();
    expect(await settled(taking)).toBe(false);
    buffer.close();
    expect(await taking).toEqual([]);
    await buffer.room();
  });
});
