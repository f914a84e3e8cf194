import { EXECUTOR_ACTOR, type Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { makeEvents, T0 } from '../../test/sample-events.js';
import { foldSchedule, scheduledFlow, type SchedulesFold } from './fold-schedules.js';
import { scheduleResource, type ScheduleRow } from './schedule-row.js';

const ROW: ScheduleRow = {
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', cron: ['0 9 * * *'], paused: false, note: null, changed: null },
  recent: [],
};
const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
const paused = (note: string | null, actorId = 'alice'): Event =>
  events.next('SchedulePaused', 'PauseSchedule', { flowId: 'F', note }, { actorId, occurredAt: T0 });
const resumed = (note: string | null): Event =>
  events.next('ScheduleResumed', 'ResumeSchedule', { flowId: 'F', note }, { actorId: 'bob', occurredAt: T0 + 1000 });

/** What is shown of a schedule after these. */
function shownAfter(...of: readonly Event[]) {
  const fold: SchedulesFold = { rows: new Map(), changed: new Set() };
  const key = scheduledFlow(of[0] as Event);
  if (key !== undefined) fold.rows.set(key, ROW);
  of.forEach((message, offset) => foldSchedule(fold, { message, offset } as never));
  const { paused: isPaused, note, changedBy, changedAt } = scheduleResource([...fold.rows.values()][0] ?? ROW, T0);
  return [isPaused, note, changedBy, changedAt];
}

it('a pause and what ends it have who did it, when, and what was said', () => {
  const at = '2026-01-01T00:00:00.000Z';
  expect(shownAfter(paused('Stocktaking'))).toEqual([true, 'Stocktaking', 'alice', at]);
  expect(shownAfter(paused(null))).toEqual([true, 'Paused via Flows API', 'alice', at]);
  const later = '2026-01-01T00:00:01.000Z';
  expect(shownAfter(paused('Stocktaking'), resumed(null))).toEqual([false, 'Resumed via Flows API', 'bob', later]);
  expect(shownAfter(paused('Stocktaking'), resumed('Done'))).toEqual([false, 'Done', 'bob', later]);
});

it('a pause after refused fires is nobody’s', () => {
  const [isPaused, note, by] = shownAfter(paused(null, EXECUTOR_ACTOR));
  expect([isPaused, note, by]).toEqual([true, 'Paused: too many fires in a row were refused', null]);
});

it('a note that was kept with a NUL can be stored', () => {
  expect(shownAfter(paused('a\0b'))[1]).toBe('a\ufffdb');
});
