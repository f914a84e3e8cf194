import { Cron } from 'croner';
import { describe, expect, it, vi } from 'vitest';
import { parseCron, type CronSchedule } from './cron.js';
import { nextFireTimes } from './cron-times.js';
import { TIME_ZONE_NAMES } from './time-zone-names.js';

const schedules = (...texts: string[]): readonly CronSchedule[] =>
  texts.map((text) => {
    const parsed = parseCron(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.schedule;
  });
const next = (after: string, count: number, ...texts: string[]): readonly string[] =>
  nextFireTimes(schedules(...texts), Date.parse(after), count).map((time) => new Date(time).toISOString());

describe('next times', () => {
  it('of several expressions are one row, each time once', () => {
    expect(next('2026-06-22T11:59:59.500Z', 4, '*/10 * * * *', '0,15 12 * * *')).toEqual([
      '2026-06-22T12:00:00.000Z',
      '2026-06-22T12:10:00.000Z',
      '2026-06-22T12:15:00.000Z',
      '2026-06-22T12:20:00.000Z',
    ]);
  });

  it('are later than a time that matches', () => {
    expect(next('2026-06-22T12:00:00.000Z', 1, '0 * * * * *')).toEqual(['2026-06-22T12:01:00.000Z']);
  });

  it.each([
    ['leap days', '0 0 29 2 *'],
    ['the end of a year', '59 23 31 12 *'],
    ['one second a year', '59 59 23 31 12 *'],
    ['the first of months', '0 0 1 * *'],
    ['every second of one day', '* * * 1 3 *'],
  ])('of 100 expressions in a zone cost little, however far away: %s', (_what, fields) => {
    const zones = TIME_ZONE_NAMES.trim().split(/\s+/).slice(0, 100);
    const all = schedules(...zones.map((zone) => `CRON_TZ=${zone} ${fields}`));
    const looks = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    expect(nextFireTimes(all, Date.parse('2026-03-02T00:00:00Z'), 10)).toHaveLength(10);
    expect(looks.mock.calls.length).toBeLessThan(100 * all.length);
    looks.mockRestore();
  });

  it('of 29 February are years away, of 30 February never', () => {
    expect(next('2097-01-01T00:00:00Z', 1, '0 0 29 2 *')).toEqual(['2104-02-29T00:00:00.000Z']);
    const [leapDay] = schedules('0 0 29 2 *');
    const never = { ...(leapDay as CronSchedule), dayOfMonth: [30] };
    expect(nextFireTimes([never], Date.parse('2026-01-01T00:00:00Z'), 1)).toEqual([]);
  });

  it('on the day when clocks go forward leave out what is skipped', () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00.
    expect(next('2026-03-28T12:00:00Z', 2, 'CRON_TZ=Europe/Berlin 30 2 * * *')).toEqual([
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
    expect(next('2026-03-29T00:30:00Z', 3, 'CRON_TZ=Europe/Berlin 30 * * * *')).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-29T02:30:00.000Z',
      '2026-03-29T03:30:00.000Z',
    ]);
    // New York, 8 March 2026.
    expect(next('2026-03-07T12:00:00Z', 2, 'CRON_TZ=America/New_York 15 3 * * *')).toEqual([
      '2026-03-08T07:15:00.000Z',
      '2026-03-09T07:15:00.000Z',
    ]);
  });

  it('of a date that the clocks skip leave it out, and no other', () => {
    // Samoa had no 30 December 2011.
    expect(next('2010-12-31T00:00:00Z', 2, 'CRON_TZ=Pacific/Apia 0 12 30 12 *')).toEqual([
      '2012-12-29T22:00:00.000Z',
      '2013-12-29T22:00:00.000Z',
    ]);
    expect(next('2011-06-01T00:00:00Z', 1, 'CRON_TZ=Pacific/Apia 0 0 31 12 *')).toEqual(['2011-12-30T10:00:00.000Z']);
  });

  it('on the day when clocks go back come twice where the reading does', () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00.
    expect(next('2026-10-24T12:00:00Z', 3, 'CRON_TZ=Europe/Berlin 30 2 * * *')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
    // Lord Howe, 5 April 2026: half an hour, 02:00 becomes 01:30.
    expect(next('2026-04-04T12:00:00Z', 3, 'CRON_TZ=Australia/Lord_Howe 45 1 * * *')).toEqual([
      '2026-04-04T14:45:00.000Z',
      '2026-04-04T15:15:00.000Z',
      '2026-04-05T15:15:00.000Z',
    ]);
  });

  it.each([
    ['Europe/Berlin', '2026-03-28T20:00:00Z'],
    ['America/New_York', '2026-03-07T20:00:00Z'],
    ['America/New_York', '2026-10-31T20:00:00Z'],
    ['Pacific/Apia', '2011-12-29T00:00:00Z'],
  ])('of %s over %s: minutes and hours as croner has them', (zone, from) => {
    for (const text of ['*/15 * * * *', '0 * * * *', '0 12 * * *', '30 4 * * 1-5', '0 30 12 1 * *']) {
      const theirs = new Cron(text, { timezone: zone }).nextRuns(30, new Date(from)).map((date) => date.toISOString());
      expect([text, ...next(from, 30, `CRON_TZ=${zone} ${text}`)]).toEqual([text, ...theirs]);
    }
  });
});
