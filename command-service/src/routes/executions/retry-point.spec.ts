import { describe, expect, it } from 'vitest';
import { retryPoint, retryVerdict } from './retry-point.js';
import type { SourceRun } from '../../reads/run-reads.js';

describe('point to retry from', () => {
  it.each([
    [undefined, null],
    [null, null],
    ['start', null],
    ['failed', 'failed'],
    ['charge', 'node:charge'],
    [{ nodeId: 'start' }, 'node:start'],
    [{ nodeId: 'failed' }, 'node:failed'],
    [{ nodeId: 7 }, 'node:'],
    [{}, 'node:'],
    [['charge'], 'node:'],
    [7, 'node:'],
    ['', 'node:'],
  ])('%j', (from, expected) => {
    expect(retryPoint(from)).toBe(expected);
  });
});

describe('verdict on a source', () => {
  const source = (data: Partial<SourceRun> = {}): SourceRun => ({
    ...{ version: 1, flowBirth: 1, input: '{}', labels: '{}', status: 'Failed', closed: true },
    visited: () => Promise.resolve(new Set(['charge', 'start'])),
    ...data,
  });
  it.each([
    [source({ status: 'Completed' }), 'failed', 'RETRY_NOT_POSSIBLE'],
    [source({ status: 'Canceled' }), 'failed', undefined],
    [source({ status: 'Completed' }), 'node:charge', undefined],
    [source(), 'node:start', undefined],
    [source(), 'node:ship', 'INVALID_RETRY_POINT'],
    [source(), 'node:', 'INVALID_RETRY_POINT'],
    [source({ status: 'Completed' }), null, undefined],
    // What is not closed is refused, or loaded again, by the decider.
    [source({ closed: false, status: 'Running' }), 'node:ship', undefined],
  ])('%j from %s: %s', async (run, retryFrom, code) => {
    expect((await retryVerdict(run, retryFrom))?.code).toBe(code);
  });
});
