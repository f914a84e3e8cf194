import { PayloadTooLarge } from '@flowplane/runtime/content-store';
import { describe, expect, it } from 'vitest';
import { engineFaultKind } from './engine-fault.js';

const UNAVAILABLE = 14;
const fault = (code: number, details: string): Error =>
  new Error('Failed to start Workflow', { cause: Object.assign(new Error(details), { code, details }) });
const ofStore = (code: string): Error =>
  new Error('encoding failed', { cause: Object.assign(new Error('of the store'), { code }) });

describe('a failed call of the engine', () => {
  it('is no outage for an id that its store cannot hold', () => {
    const text = 'createOrUpdateCurrentExecution failed. Error: pq: value too long for type character varying(255)';
    expect(engineFaultKind(fault(UNAVAILABLE, text))).toBe('permanent');
    expect(engineFaultKind(fault(UNAVAILABLE, 'shard status unknown'))).toBe('unreachable');
  });

  it('is for good where a message is larger than the engine takes, which a busy one is not', () => {
    const text = 'grpc: received message larger than max (4214393 vs. 4194304)';
    expect(engineFaultKind(fault(8, text))).toBe('permanent');
    expect(engineFaultKind(fault(8, 'Sent message larger than max (4214393 vs. 4194304)'))).toBe('permanent');
    expect(engineFaultKind(fault(8, 'namespace rate limit exceeded'))).toBe('transient');
  });

  it.each([1, 2, 4, 10, 13])('may succeed later with status %i', (status) => {
    expect(engineFaultKind(fault(status, 'x'))).toBe('transient');
  });

  it.each([3, 6, 9, 11, 15, 99])('never succeeds with status %i', (status) => {
    expect(engineFaultKind(fault(status, 'x'))).toBe('permanent');
  });

  it.each([7, 12, 16])('says nothing about the run with status %i', (status) => {
    expect(engineFaultKind(fault(status, 'x'))).toBe('not-ours');
  });

  it('says nothing about the run where our own store is away', () => {
    for (const code of ['57P03', '53300', 'ECONNREFUSED']) {
      expect([code, engineFaultKind(ofStore(code))]).toEqual([code, 'not-ours']);
    }
  });

  it('is our own fault for data that our store cannot keep, and for good for what is too large for it', () => {
    expect(engineFaultKind(ofStore('22021'))).toBe('foreign');
    expect(engineFaultKind(new TypeError('x'))).toBe('foreign');
    expect(engineFaultKind(new PayloadTooLarge(20, 10))).toBe('permanent');
  });
});
