import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarsOf, type CronCalendar } from './cron-calendars.js';
import { parseCron, type CronSchedule } from './cron.js';
import { firesAt, nextFireTimes } from './cron-times.js';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
const HOUR_MS = 3_600_000;

const schedule = (text: string): CronSchedule => {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.schedule;
};

const number = (min: number, max: number) => fc.integer({ min, max });
const span = (min: number, max: number) =>
  fc.tuple(number(min, max), number(min, max)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const field = (min: number, max: number) => {
  const item = fc.oneof(
    number(min, max).map(String),
    span(min, max),
    fc.tuple(span(min, max), number(1, 6)).map(([range, step]) => `${range}/${step}`),
    number(2, 6).map((step) => `*/${step}`),
  );
  return fc.oneof(
    fc.constant('*'),
    fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(',')),
  );
};
const fields = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
const times = fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2035, 0, 1) / 1000 }).map((s) => s * 1000);

/** What the engine does with a calendar at a reading of the clock. */
function inCalendar(calendar: CronCalendar, wall: Date): boolean {
  const values = {
    second: wall.getUTCSeconds(),
    minute: wall.getUTCMinutes(),
    hour: wall.getUTCHours(),
    dayOfMonth: wall.getUTCDate(),
    month: wall.getUTCMonth() + 1,
    dayOfWeek: wall.getUTCDay(),
  };
  return Object.entries(values).every(([name, value]) =>
    calendar[name as keyof CronCalendar].some(({ start, end }) => start <= value && value <= end),
  );
}

describe('calendars', () => {
  it('match exactly when the expression does', () => {
    fc.assert(
      fc.property(fields, fc.array(times, { minLength: 20, maxLength: 20 }), (texts, moments) => {
        const parsed = schedule(texts.join(' '));
        const calendars = calendarsOf(parsed);
        const matched = moments.map((moment) => calendars.some((calendar) => inCalendar(calendar, new Date(moment))));
        expect(matched).toEqual(moments.map((moment) => firesAt(parsed, moment)));
      }),
      { numRuns: 200 },
    );
  });

  it('are two where both day fields are restricted, one else', () => {
    expect(calendarsOf(schedule('0 0 13 * 5'))).toHaveLength(2);
    expect(calendarsOf(schedule('0 0 * * 5'))).toHaveLength(1);
    expect(calendarsOf(schedule('0 0 13 * ?'))).toHaveLength(1);
  });
});

/** True where the clocks of the zone change within half a day of a time: there the libraries differ on purpose. */
function nearChange(zone: string, timeMs: number): boolean {
  const reading = (at: number): string =>
    new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).format(at).replace(/^[^G]*/, '');
  return reading(timeMs - 12 * HOUR_MS) !== reading(timeMs + 12 * HOUR_MS);
}

describe('next times', () => {
  it('are those of croner, away from changes of the clocks', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...ZONES), times, (texts, zone, after) => {
        const ours = nextFireTimes([schedule(`CRON_TZ=${zone} ${texts.join(' ')}`)], after, 5);
        const theirs = new Cron(texts.join(' '), { timezone: zone }).nextRuns(5, new Date(after)).map(Number);
        fc.pre(![after, ...ours, ...theirs].some((time) => nearChange(zone, time)));
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 100 },
    );
  });

  it('are later than the time asked for, ascend, match, and leave none out', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...ZONES), times, (texts, zone, after) => {
        const parsed = schedule(`CRON_TZ=${zone} ${texts.join(' ')}`);
        const [first] = nextFireTimes([parsed], after, 1);
        const until = Math.min(first ?? Infinity, after + HOUR_MS / 6);
        for (let time = after + 1000; time < until; time += 1000) if (firesAt(parsed, time)) expect(time).toBe(first);
        if (first !== undefined) expect(firesAt(parsed, first)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
