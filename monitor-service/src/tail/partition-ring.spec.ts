import { describe, expect, it } from 'vitest';
import { makePartitionRing, type Tailed } from './partition-ring.js';

const frame = (offset: number, key = 'a', data = 'x'): Tailed => ({ key, offset, data });
const offsets = (frames: readonly Tailed[]): readonly number[] => frames.map(({ offset }) => offset);

describe('ring of a partition', () => {
  it('gives the frames of one run from an offset on, in order', () => {
    const ring = makePartitionRing(10, { maxFrames: 100, maxBytes: 1e6 });
    for (let offset = 10; offset < 20; offset++) ring.advance(offset, frame(offset, offset % 2 === 0 ? 'a' : 'b'));
    expect(offsets(ring.since('a', 13))).toEqual([14, 16, 18]);
    expect(offsets(ring.since('c', 0))).toEqual([]);
    expect([ring.from(), ring.next()]).toEqual([10, 20]);
  });

  it('moves on over records that streams do not show', () => {
    const ring = makePartitionRing(0, { maxFrames: 100, maxBytes: 1e6 });
    ring.advance(0, undefined);
    expect([ring.from(), ring.next()]).toEqual([0, 1]);
  });

  it('forgets the oldest beyond its count, and says from where it is whole', () => {
    const ring = makePartitionRing(0, { maxFrames: 3, maxBytes: 1e6 });
    for (let offset = 0; offset < 5000; offset++) ring.advance(offset, frame(offset));
    expect(ring.from()).toBe(4997);
    expect(offsets(ring.since('a', 0))).toEqual([4997, 4998, 4999]);
  });

  it('forgets the oldest beyond its bytes, a single large one included', () => {
    const ring = makePartitionRing(0, { maxFrames: 100, maxBytes: 2000 });
    for (let offset = 0; offset < 10; offset++) ring.advance(offset, frame(offset, 'a', 'x'.repeat(100)));
    expect(offsets(ring.since('a', 0))).toEqual([6, 7, 8, 9]);
    ring.advance(10, frame(10, 'a', 'x'.repeat(2000)));
    expect([offsets(ring.since('a', 0)), ring.from()]).toEqual([[], 11]);
  });
});
