import { expect, test } from 'vitest';
import { already, refusedAs } from './decision.js';
import { reportStarted } from '../../test/story.js';
import { toEvents } from './to-events.js';

test('a report that is repeated, id and all, is acknowledged under an id of its own', () => {
  const report = reportStarted('r1');
  const ids = [5, 9].map((offset) => toEvents(report, offset, 0, already('r1'))[0]?.meta.eventId);
  expect(new Set(ids).size).toBe(2);
  // The same record decided by the next owner once more: the same event.
  expect(toEvents(report, 9, 1, already('r1'))[0]?.meta.eventId).toBe(ids[1]);
});

test('any other outcome has the id of its command, attempt and place', () => {
  const report = reportStarted('r1');
  const ids = [5, 9].map((offset) => toEvents(report, offset, 0, refusedAs('FLOW_NOT_FOUND'))[0]?.meta.eventId);
  expect(ids[0]).toBe(ids[1]);
});
