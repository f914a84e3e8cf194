import { describe, expect, it } from 'vitest';
import { takingTurns } from './recorded-log.js';

describe('takingTurns', () => {
  it('takes one of each until all are at their end', () => {
    expect([...takingTurns([[1, 4, 6], [2], [3, 5]])]).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it('has nothing to take from nothing', () => {
    expect([...takingTurns([[], []])]).toEqual([]);
  });
});
