import { expect, it } from 'vitest';
import { scheduleResource, type ScheduleRow } from './schedule-row.js';

const ROW: ScheduleRow = {
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', cron: ['*/10 * * * *'], paused: false, note: null, changed: null },
  recent: [],
};
const at = (time: string): number => Date.parse(`2026-06-22T${time}Z`);
const timesAt = (row: ScheduleRow, time: string) => scheduleResource(row, at(time))['nextActionTimes'];

it('the next times are those after the moment they are asked for, asked again or for the first time', () => {
  const from = (first: string) => expect.arrayContaining([`2026-06-22T${first}.000Z`]);
  const first = timesAt(ROW, '11:55:00') as readonly string[];
  expect([first[0], first.length]).toEqual(['2026-06-22T12:00:00.000Z', 10]);
  expect(timesAt(ROW, '11:59:59')).toEqual(first);
  expect(timesAt(ROW, '12:00:00')).toEqual(from('12:10:00'));
  expect(timesAt(ROW, '12:00:00')).not.toContain('2026-06-22T12:00:00.000Z');
  expect((timesAt(ROW, '11:40:00') as readonly string[])[0]).toBe('2026-06-22T11:50:00.000Z');
  expect(timesAt({ ...ROW, paused: true }, '11:55:00')).toEqual([]);
});

it('a schedule that the engine refuses has no next times, and says why', () => {
  expect(
    scheduleResource({ ...ROW, note: 'Resumed via Flows API' }, at('12:00:00'), 'too many calendars'),
  ).toMatchObject({
    ...{ nextActionTimes: [], note: 'It does not fire: too many calendars' },
  });
});
