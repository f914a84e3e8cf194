import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../test/samples.js';
import type { Event, EventType } from './messages/index.js';
import { runStatusLine } from './run-status-line.js';

const event = (type: EventType, data: Record<string, unknown> = {}): Event => {
  const sample = sampleOf('event', type) as unknown as { readonly event: Event };
  return { ...sample.event, data: { ...sample.event.data, ...data } } as Event;
};
const shown = (type: EventType, data?: Record<string, unknown>): unknown =>
  JSON.parse(runStatusLine(event(type, data), 11) ?? 'null');
const run = {
  ...{ type: 'run-status', id: '12', executionId: 'sample executionId', flowId: 'sample flowId', version: '7' },
  at: '2023-11-14T22:13:20.000Z',
};

describe('the line of an event', () => {
  it('tells how a run goes on', () => {
    expect(shown('ExecutionRequested', { triggerType: 'cron', retriedFrom: null })).toEqual({
      ...run,
      ...{ kind: 'requested', status: 'Pending', triggerType: 'cron', retriedFrom: null },
    });
    expect(shown('ExecutionStarted')).toEqual({ ...run, kind: 'started', status: 'Running' });
    expect(shown('ExecutionCancelRequested')).toEqual({ ...run, kind: 'cancelling', status: 'Running' });
    expect(shown('ExecutionClosed', { status: 'Failed' })).toEqual({
      ...run,
      ...{ kind: 'closed', status: 'Failed', failure: { nodeId: 'sample nodeId', code: 'sample code' } },
    });
    expect(shown('ExecutionClosed', { status: 'Completed', failure: null })).toMatchObject({ failure: null });
  });

  it('is none for an event about anything else', () => {
    for (const type of ['ExecutionSignaled', 'FlowCreated', 'ProvisioningRequested'] as const) {
      expect(runStatusLine(event(type), 1)).toBeUndefined();
    }
  });
});
