import type { CronSchedule } from './cron.js';

/** Values from `start` to `end`, both included. */
export type CronRange = { readonly start: number; readonly end: number };

/** A moment matches when each of its fields lies in one of the ranges. Numbers as in `CronSchedule`. */
export type CronCalendar = Readonly<Record<CronCalendarField, readonly CronRange[]>>;
export type CronCalendarField = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek';

const EVERY_DAY_OF_MONTH: readonly CronRange[] = [{ start: 1, end: 31 }];
const EVERY_DAY_OF_WEEK: readonly CronRange[] = [{ start: 0, end: 6 }];

/** Calendars that together match when the schedule does: two where either day field may match (flow-language 12.2). */
export function calendarsOf(schedule: CronSchedule): readonly CronCalendar[] {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = schedule;
  const both: CronCalendar = {
    second: rangesOf(second),
    minute: rangesOf(minute),
    hour: rangesOf(hour),
    dayOfMonth: rangesOf(dayOfMonth),
    month: rangesOf(month),
    dayOfWeek: rangesOf(dayOfWeek),
  };
  if (!schedule.domRestricted || !schedule.dowRestricted) return [both];
  return [
    { ...both, dayOfWeek: EVERY_DAY_OF_WEEK },
    { ...both, dayOfMonth: EVERY_DAY_OF_MONTH },
  ];
}

function rangesOf(values: readonly number[]): readonly CronRange[] {
  const ranges: { readonly start: number; end: number }[] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === value - 1) last.end = value;
    else ranges.push({ start: value, end: value });
  }
  return ranges;
}
