import type { Command } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { given, T0, type StoryStep } from '../../../test/decider-specification.js';
import { platformEvent, published, record, runOf, settle, type Place } from '../../../test/platform-event-story.js';
import { publish, remove } from '../../../test/story.js';

const MINUTE_MS = 60_000;
const OVER = { quotas: { flow_starts_per_minute: 2 } };

const at0 = (...commands: readonly Command[]): readonly StoryStep[] => commands.map((command) => ({ command, at: T0 }));
const start = (story: readonly StoryStep[], offset: number, place: Place = {}) =>
  given(story).when(record(offset, place)).decision;
const run = (offset: number, place: Place = {}, version = 1): object => ({
  kind: 'accepted',
  change: { type: 'ExecutionRequested', data: { executionId: runOf(offset, place), version } },
});

describe('a record of a platform-event topic', () => {
  it('starts a run of the latest version, once, in whatever order partitions come', () => {
    expect(start(published, 0)).toMatchObject(run(0));
    expect(start([...published, ...at0(record(7))], 3, { partition: 1 })).toMatchObject(run(3, { partition: 1 }));
    const again = given([...published, ...at0(record(7))]).when(record(7));
    again.thenAcknowledged({ reason: 'duplicate', executionId: runOf(7) });
    const publishedAgain = at0(publish(2, 'f1', { triggers: [platformEvent] }));
    expect(start([...published, ...publishedAgain], 0)).toMatchObject(run(0, {}, 2));
  });

  it('below the mark of its partition was decided before', () => {
    given([...published, ...at0(record(7))])
      .when(record(3))
      .thenAcknowledged({ reason: 'duplicate' });
  });

  it('of a topic that was created again is another record', () => {
    expect(start([...published, ...at0(record(7))], 0, { topicId: 'id2' })).toMatchObject(run(0));
  });

  it('that a quota refuses comes again, and those behind it do not wait', () => {
    const story = given([...published, ...at0(record(0), record(1))], OVER);
    expect(story.take(record(2))[0]).toMatchObject({ type: 'TriggerStartRefused', data: { problem: { status: 429 } } });
    const later = T0 + MINUTE_MS;
    expect(story.take(record(3), later)[0]?.type).toBe('ExecutionRequested');
    expect(story.take(record(2), later)[0]?.type).toBe('ExecutionRequested');
    expect(story.take(record(2), later)[0]).toMatchObject({
      type: 'CommandAcknowledged',
      data: { reason: 'duplicate' },
    });
  });

  it('that comes again under the same command is recorded under a new id each time', () => {
    const story = given([...published, ...at0(record(0), record(1))], OVER);
    const again = record(2);
    const events = [
      story.take(again, T0, 10)[0],
      story.take(again, T0, 11)[0],
      story.take(again, T0 + MINUTE_MS, 12)[0],
      story.take(again, T0 + MINUTE_MS, 13)[0],
    ];
    expect(events.map((event) => event?.type)).toEqual([
      ...['TriggerStartRefused', 'TriggerStartRefused', 'ExecutionRequested', 'CommandAcknowledged'],
    ]);
    expect(new Set(events.map((event) => event?.meta.eventId)).size).toBe(4);
  });

  it('that became a dead letter is settled, and never starts', () => {
    const story = given([...published, ...at0(record(0), record(1))], OVER);
    story.take(record(2));
    expect(story.take(settle(2))[0]?.type).toBe('TriggerRecordSettled');
    story.when(record(2), T0 + MINUTE_MS).thenAcknowledged({ reason: 'duplicate' });
    story.when(settle(2)).thenAcknowledged({ reason: 'already' });
  });

  it('is not settled once it has started its run', () => {
    given([...published, ...at0(record(0))])
      .when(settle(0))
      .thenAcknowledged({ reason: 'already' });
  });

  it.each([
    ['the version has dropped the trigger', at0(publish(2))],
    ['the flow is deleted', at0(remove())],
  ])('starts nothing where %s', (_when, then) => {
    const story = given([...published, ...then]);
    expect(story.take(record(0))[0]).toMatchObject({
      type: 'TriggerStartRefused',
      data: { problem: { code: 'VERSION_NOT_FOUND' } },
    });
    story.when(record(0)).thenAcknowledged({ reason: 'duplicate' });
  });

  it('with a dedupe key that has started a run starts none', () => {
    const first = record(0, { dedupeKey: 'order-1' });
    const story = given([...published, ...at0(first)]);
    story.when(record(5, { dedupeKey: 'order-1' })).thenAcknowledged({ reason: 'duplicate', executionId: runOf(0) });
    expect(story.take(record(6, { dedupeKey: 'order-2' }))[0]?.type).toBe('ExecutionRequested');
  });
});
