import { describe, expect, it } from 'vitest';
import { cpuBetween } from './process-cpu.js';
import { parseStat } from './process-table.js';

describe('parseStat', () => {
  it('reads a line whose name holds spaces and brackets', () => {
    const line = '4711 (postgres: a) b) S 12 1 1 0 -1 4194304 10 0 0 0 21 34 5 6 20 0 1 0 100 2000 30';
    expect(parseStat(line)).toEqual({ pid: 4711, parentPid: 12, ownTicks: 55, childrenTicks: 11 });
  });
  it.each(['', 'garbage', '12 (x) S 1'])('gives nothing for %j', (line) => {
    expect(parseStat(line)).toBeUndefined();
  });
});

describe('cpuBetween', () => {
  it('subtracts by group', () => {
    expect(cpuBetween({ a: 1 }, { a: 3, b: 2 })).toEqual({ a: 2, b: 2 });
  });
});
