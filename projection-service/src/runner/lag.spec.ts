import { describe, expect, it } from 'vitest';
import { makeLag } from './lag.js';

describe('lag', () => {
  it('is the age of what is read and not written', () => {
    const lag = makeLag();
    expect(lag.seconds(5000)).toBe(0);
    lag.read(3, 10, 20, 1000);
    expect(lag.seconds(5000)).toBe(4);
    lag.written(3, 10, 3000);
    expect(lag.seconds(5000)).toBe(2);
    lag.read(3, 20, 20, 3500);
    lag.written(3, 20, 4000);
    expect(lag.seconds(5000)).toBe(0);
  });

  it('is that of the partition furthest behind, of those that are ours', () => {
    const lag = makeLag();
    lag.read(1, 1, 5, 1000);
    lag.read(2, 1, 5, 3000);
    expect(lag.seconds(5000)).toBe(4);
    lag.keep([2]);
    expect(lag.seconds(5000)).toBe(2);
  });
});
