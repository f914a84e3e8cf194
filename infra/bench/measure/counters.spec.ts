import { describe, expect, it } from 'vitest';
import { countedBetween, totalOf, type CounterReading } from './counters.js';

const nothing = { transactions: null, wal: null, engineRequests: null, contextSwitches: null };
const reading = (atMs: number, counts: Readonly<Record<string, number>> | null): CounterReading => ({
  ...nothing,
  kafkaRequests: counts === null ? null : { counts, atMs },
});

describe('countedBetween', () => {
  it('takes what was counted meanwhile, also of what was not there before, for each run', () => {
    const counted = countedBetween(reading(0, { Fetch: 10 }), reading(9, { Fetch: 30, Produce: 8 }), 4);
    expect(counted.kafkaRequests).toEqual({ Fetch: 5, Produce: 2 });
  });
  it('or for each second between the readings', () => {
    const counted = countedBetween(reading(1000, { Fetch: 10 }), reading(3000, { Fetch: 30 }));
    expect(counted.kafkaRequests).toEqual({ Fetch: 10 });
  });
  it('does not count below nothing', () => {
    expect(countedBetween(reading(0, { a: 9 }), reading(0, { a: 7 }), 1).kafkaRequests).toEqual({ a: 0 });
  });
  it('leaves unknown what is unknown', () => {
    expect(countedBetween(reading(0, null), reading(0, { a: 1 }), 1)).toEqual({ ...nothing, kafkaRequests: null });
  });
});

describe('totalOf', () => {
  it('adds the wanted ones', () => {
    expect(totalOf({ a: 1, b: 2, c: 4 }, (name) => name !== 'b')).toBe(5);
    expect(totalOf(null)).toBeNull();
  });
});
