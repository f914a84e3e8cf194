import { describe, expect, it } from 'vitest';
import { END_NOT_SAID, NO_LATER_MEMBERS } from './messages/frame.js';
import type { NodeFrame } from './messages/index.js';
import { offsetAfter, streamId, streamLine } from './stream-line.js';

const run = { executionId: 'T:W:F:1', tenantId: 'T', workspaceId: 'W', flowId: 'F' };
const node: NodeFrame = {
  ...run,
  nodeId: 'charge',
  iteration: 1,
  status: 'scheduled',
  attemptNumber: 1,
  startedAt: null,
  completedAt: null,
  reused: false,
  input: { json: '{"secret":1}', ref: null, sizeBytes: 12 },
  output: null,
  error: null,
  emittedAt: 5,
  ...NO_LATER_MEMBERS,
};

describe('line of a frame', () => {
  it('shows a node without values, times null', () => {
    expect(streamLine({ type: 'NodeFrame', data: node }, 6)).toEqual({
      type: 'node-status',
      data: '{"type":"node-status","id":"7","nodeId":"charge","status":"scheduled","attemptNumber":1,"startedAt":null,"completedAt":null}',
    });
  });

  it('shows times, reuse and error where they are', () => {
    const error = { code: 'TIMEOUT', message: 'Activity timed out', stack: null };
    const data = { ...node, status: 'failed', attemptNumber: 2, startedAt: 0, completedAt: 1, reused: true, error };
    const line = streamLine({ type: 'NodeFrame', data: data as NodeFrame }, 7);
    expect(JSON.parse(line?.data ?? '')).toEqual({
      type: 'node-status',
      id: '8',
      nodeId: 'charge',
      status: 'failed',
      attemptNumber: 2,
      startedAt: '1970-01-01T00:00:00.000Z',
      completedAt: '1970-01-01T00:00:00.001Z',
      reused: true,
      error: { message: 'Activity timed out' },
    });
  });

  it('keeps a log line on one line', () => {
    const data = { ...run, nodeId: 'a', level: 'warn', message: 'one\ntwo', timestamp: 0 } as const;
    expect(streamLine({ type: 'LogFrame', data }, 8)).toEqual({
      type: 'log-line',
      data: '{"type":"log-line","id":"9","nodeId":"a","level":"warn","message":"one\\ntwo","timestamp":"1970-01-01T00:00:00.000Z"}',
    });
  });

  it('begins ids at 1, so that 0 means everything', () => {
    expect(streamId(0)).toBe(1);
    expect(offsetAfter(0)).toBe(0);
    expect(offsetAfter(streamId(41))).toBe(42);
  });

  it('shows when the next attempt is due, and nothing of a sub-flow', () => {
    const data = { ...node, status: 'retrying', nextAttemptAt: 1000 } as const;
    expect(JSON.parse(streamLine({ type: 'NodeFrame', data }, 1)?.data ?? '')).toMatchObject({
      nextAttemptAt: '1970-01-01T00:00:01.000Z',
    });
    expect(streamLine({ type: 'NodeFrame', data: { ...data, root: 'T:W:F:0' } }, 1)).toBeUndefined();
  });

  it('ends without an id, and hides the hint', () => {
    expect(streamLine({ type: 'RunClosed', data: { ...run, status: 'Completed', closedAt: 1 } }, 10)).toEqual({
      type: 'stream-end',
      data: '{"type":"stream-end","status":"Completed"}',
    });
    expect(streamLine({ type: 'RunEnding', data: { ...run, emittedAt: 1, ...END_NOT_SAID } }, 11)).toBeUndefined();
  });
});
