import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../engine/engine.js';
import { readFixture } from '../../../test/executor/fixtures/read-fixture.js';
import { readRunHistory } from './run-history.js';
import { activityNode } from './task-history.js';

const text = (payload: { readonly data?: Uint8Array | null } | null | undefined): string =>
  Buffer.from(payload?.data ?? []).toString('utf8');

describe('a history read', () => {
  it('tells the tasks of a completed run, its times and its result', () => {
    const run = readRunHistory(readFixture('completed'));
    expect(run.tasks.map(({ nodeId, end, attempt }) => [nodeId, end, attempt])).toEqual([
      ['t2', 'completed', 1],
      ['t1', 'completed', 1],
      ['t3', 'completed', 1],
    ]);
    const [task] = run.tasks;
    expect(task?.scheduledAt).toBeLessThanOrEqual(task?.startedAt ?? 0);
    expect(task?.startedAt).toBeLessThanOrEqual(task?.endedAt ?? 0);
    expect(JSON.parse(text(task?.input))).toMatchObject({ nodeId: 't2', params: { x: 2 } });
    expect(JSON.parse(text(task?.output))).toEqual({ executed: true, taskType: 'demo.echo', params: { x: 2 } });
    expect(run.end).toMatchObject({ status: 'Completed', failure: null, nextRunId: null });
    expect(JSON.parse(text(run.end?.result)).trace).toEqual(['b', 'p', 't1', 't2', 't3', 'w']);
    expect(run.startedAt).toBe(1_795_237_257_591);
    expect(text(run.searchAttributes['flowVersion'])).toBe('"1"');
    expect(run.previousRunId).toBeNull();
  });

  it('tells node, code and message of a failed run', () => {
    const run = readRunHistory(readFixture('failed'));
    const message = 'The request is not allowed: the host has an address that is not public.';
    expect(run.end).toMatchObject({
      status: 'Failed',
      result: null,
      failure: { nodeId: 'bad', code: 'SSRF_BLOCKED', message },
    });
    expect(run.tasks.at(-1)).toMatchObject({
      nodeId: 'bad',
      end: 'failed',
      error: { code: 'SSRF_BLOCKED', message, stack: null },
    });
  });

  it('tells a cancelled run', () => {
    expect(readRunHistory(readFixture('canceled')).end).toMatchObject({ status: 'Canceled', failure: null });
  });

  it('tells a run that goes on, one that was terminated, and one that goes on as new', () => {
    const events = readFixture('completed').slice(0, -1);
    expect(readRunHistory(events).end).toBeNull();
    const last = (attributes: HistoryEvent) => readRunHistory([...events, attributes]).end;
    expect(last({ workflowExecutionTerminatedEventAttributes: {} })?.status).toBe('Terminated');
    expect(last({ workflowExecutionTimedOutEventAttributes: {} })?.status).toBe('TimedOut');
    const next = { newExecutionRunId: 'r2' };
    expect(last({ workflowExecutionContinuedAsNewEventAttributes: next })).toMatchObject({
      status: 'ContinuedAsNew',
      nextRunId: 'r2',
    });
  });

  it('reads attempts and time-outs', () => {
    const at = (seconds: number) => ({ seconds: seconds as never, nanos: 0 });
    const events: HistoryEvent[] = [
      { eventId: 5 as never, eventTime: at(10), activityTaskScheduledEventAttributes: { activityId: 'slow#2' } },
      {
        eventId: 6 as never,
        eventTime: at(20),
        activityTaskStartedEventAttributes: { scheduledEventId: 5 as never, attempt: 3 },
      },
      {
        eventId: 7 as never,
        eventTime: at(30),
        activityTaskTimedOutEventAttributes: {
          scheduledEventId: 5 as never,
          failure: { message: 'activity StartToClose timeout', timeoutFailureInfo: { timeoutType: 1 } },
        },
      },
    ];
    expect(readRunHistory(events).tasks).toEqual([
      {
        ...{ nodeId: 'slow', iteration: 2, scheduledEventId: '5', scheduledAt: 10_000, input: null, attempt: 3 },
        ...{ startedAt: 20_000, endedAt: 30_000, end: 'timed-out', output: null, errorBefore: null },
        error: { code: 'TIMEOUT', message: 'Activity timed out', stack: null },
      },
    ]);
  });

  it('tells a later iteration by its suffix only', () => {
    expect(activityNode('a#12')).toEqual({ nodeId: 'a', iteration: 12 });
    for (const id of ['a', 'a#', 'a#0', '#3', 'a#x']) expect(activityNode(id)).toEqual({ nodeId: id, iteration: 1 });
  });
});
