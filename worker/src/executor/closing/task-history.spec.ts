import { describe, expect, it } from 'vitest';
import { TASK_MOVED } from '../../shared/moved-task.js';
import type { HistoryEvent } from '../engine/engine.js';
import { makeTaskReader, type TaskHistory } from './task-history.js';

/** A task whose first attempts failed, whose third found no place, and which was then tried twice more. */
const EVENTS: readonly HistoryEvent[] = [
  { eventId: at(5), eventTime: time(5), activityTaskScheduledEventAttributes: { activityId: 'n' } },
  { eventId: at(6), eventTime: time(6), activityTaskStartedEventAttributes: { scheduledEventId: at(5), attempt: 3 } },
  {
    eventId: at(7),
    eventTime: time(7),
    activityTaskFailedEventAttributes: {
      scheduledEventId: at(5),
      failure: { message: 'no place', applicationFailureInfo: { type: TASK_MOVED } },
    },
  },
  { eventId: at(8), eventTime: time(8), activityTaskScheduledEventAttributes: { activityId: 'n' } },
  { eventId: at(9), eventTime: time(9), activityTaskStartedEventAttributes: { scheduledEventId: at(8), attempt: 2 } },
  { eventId: at(10), eventTime: time(10), activityTaskCompletedEventAttributes: { scheduledEventId: at(8) } },
];

describe('a task that was moved', () => {
  it('is one task, and the attempt that found no place is none', () => {
    expect(read(EVENTS)).toEqual([
      expect.objectContaining({ nodeId: 'n', attempt: 4, end: 'completed', scheduledAt: 5000, startedAt: 9000 }),
    ]);
  });

  it('has not begun, or has the attempts before, where the run ended in between', () => {
    const open = { nodeId: 'n', end: 'open', startedAt: null, endedAt: null, error: null };
    for (const count of [3, 4])
      expect(read(EVENTS.slice(0, count))).toEqual([expect.objectContaining({ ...open, attempt: 2 })]);
  });

  it('is another one than a task that has the same node later', () => {
    const again: HistoryEvent = {
      eventId: at(11),
      eventTime: time(11),
      activityTaskScheduledEventAttributes: { activityId: 'n' },
    };
    expect(read([...EVENTS, again]).map(({ attempt }) => attempt)).toEqual([4, 0]);
  });
});

describe('a task whose attempts failed', () => {
  it('knows what the attempt before the last one failed with', () => {
    const failure = { message: 'once', applicationFailureInfo: { type: 'X' } };
    const retried: HistoryEvent = {
      eventId: at(6),
      eventTime: time(6),
      activityTaskStartedEventAttributes: { scheduledEventId: at(5), attempt: 2, lastFailure: failure },
    };
    expect(read([EVENTS[0] as HistoryEvent, retried])).toMatchObject([
      { attempt: 2, errorBefore: { code: 'X', message: 'once' } },
    ]);
  });
});

function read(events: readonly HistoryEvent[]): readonly TaskHistory[] {
  const reader = makeTaskReader();
  for (const event of events) reader.take(event);
  return reader.all();
}

function at(eventId: number): NonNullable<HistoryEvent['eventId']> {
  return eventId as unknown as NonNullable<HistoryEvent['eventId']>;
}

function time(seconds: number): NonNullable<HistoryEvent['eventTime']> {
  return { seconds: seconds as never, nanos: 0 };
}
