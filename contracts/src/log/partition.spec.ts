import { describe, expect, it } from 'vitest';
import { partitionOf } from './partition.js';

describe('partitionOf', () => {
  // Known murmur2 values: Kafka's own UtilsTest (positive part modulo the count below).
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('agrees with the Java client on %s', (key, hash) => {
    expect(partitionOf(key, 1 << 30)).toBe((hash & 0x7fffffff) % (1 << 30));
  });

  it('keeps every key inside the partition count', () => {
    const partitions = Array.from({ length: 1000 }, (_, i) => partitionOf(`tenant-${i}`, 12));
    expect(new Set(partitions)).toEqual(new Set(Array.from({ length: 12 }, (_, i) => i)));
  });
});
