import { describe, expect, it } from 'vitest';
import { idleShare, readMachineTime } from './machine-idle.js';

describe('idle time of the machine', () => {
  it('is the idle part of what passed between two readings', () => {
    expect(idleShare({ idle: 100, total: 200 }, { idle: 150, total: 400 })).toBe(0.25);
    expect(idleShare({ idle: 100, total: 200 }, { idle: 100, total: 200 })).toBe(0);
  });

  it('grows with time and is no more than all of it', () => {
    const { idle, total } = readMachineTime();
    expect(idle).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(idle);
  });
});
