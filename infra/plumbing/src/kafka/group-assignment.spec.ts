import { expect, test } from 'vitest';
import { dealPartitions, decodeAssignment, encodeAssignment } from './group-assignment.js';

test('partitions are dealt in turn, in whichever order members and partitions come', () => {
  const dealt = dealPartitions(['b', 'a'], [3, 1, 0, 2, 4]);
  expect(dealt).toEqual(
    new Map([
      ['a', [0, 2, 4]],
      ['b', [1, 3]],
    ]),
  );
  expect(dealPartitions(['a', 'b'], [0, 1, 2, 3, 4])).toEqual(dealt);
});

test('a member without a partition gets an empty assignment', () => {
  expect(dealPartitions(['a', 'b'], [0]).get('b')).toEqual([]);
  expect(decodeAssignment('t', encodeAssignment('t', []))).toEqual([]);
  expect(decodeAssignment('t', encodeAssignment('t', [5, 7]))).toEqual([5, 7]);
});
