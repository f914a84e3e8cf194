import { describe, expect, test } from 'vitest';
import { parseCron } from './cron.js';
import { TIME_ZONE_NAMES } from './time-zone-names.js';

function schedule(text: string) {
  const result = parseCron(text);
  if (!result.ok) {
    throw new Error(result.reason);
  }
  return result.schedule;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('parseCron', () => {
  test('five fields start at second 0, in UTC', () => {
    expect(schedule('30 9 * * 1-5')).toEqual({
      second: [0],
      minute: [30],
      hour: [9],
      dayOfMonth: range(1, 31),
      month: range(1, 12),
      dayOfWeek: [1, 2, 3, 4, 5],
      domRestricted: false,
      dowRestricted: true,
      timezone: 'UTC',
    });
  });

  test('six fields have seconds first; lists, ranges, steps, names, ?', () => {
    const parsed = schedule('*/20 0,15-20/5 8/6 ? jan,MAR-apr ?');
    expect(parsed).toMatchObject({
      second: [0, 20, 40],
      minute: [0, 15, 20],
      hour: [8, 14, 20],
      month: [1, 3, 4],
      domRestricted: false,
      dowRestricted: false,
    });
  });

  test('a step as wide as the field takes its first value', () => {
    expect(schedule('*/60 */24 * * *')).toMatchObject({ minute: [0], hour: [0] });
  });

  test('0 and 7 are Sunday, and a range may end there', () => {
    expect(schedule('0 0 * * 0').dayOfWeek).toEqual([0]);
    expect(schedule('0 0 * * 7').dayOfWeek).toEqual([0]);
    expect(schedule('0 0 * * 5-7').dayOfWeek).toEqual([0, 5, 6]);
    expect(schedule('0 0 * * FRI-SUN').dayOfWeek).toEqual([0, 5, 6]);
    expect(schedule('0 0 * * *').dayOfWeek).toEqual(range(0, 6));
  });

  test('a day field is restricted unless an item takes every day', () => {
    expect(schedule('0 0 1 * MON')).toMatchObject({ domRestricted: true, dowRestricted: true });
    expect(schedule('0 0 */2 * *')).toMatchObject({ domRestricted: true, dowRestricted: false });
    expect(schedule('0 0 1,* * *')).toMatchObject({ domRestricted: false });
  });

  test.each(['0 0 29 2 *', '0 0 30 2 1', '0 0 31 2,3 *', '0 0 30,29 2 *', '0 0 31 */2 ?'])('%s comes', (text) => {
    expect(parseCron(text).ok).toBe(true);
  });

  test('every zone of the engine is one here, under its spelling and any other', () => {
    const zones = TIME_ZONE_NAMES.trim().split(/\s+/);
    expect(zones.length).toBeGreaterThan(590);
    for (const zone of zones) {
      expect(schedule(`CRON_TZ=${zone} 0 6 * * *`).timezone).toBe(zone);
      expect(schedule(`CRON_TZ=${zone.toUpperCase()} 0 6 * * *`).timezone).toBe(zone);
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
    }
  });

  test('CRON_TZ names an IANA zone; its case is corrected', () => {
    expect(schedule('CRON_TZ=Europe/Berlin 0 6 * * *').timezone).toBe('Europe/Berlin');
    expect(schedule('CRON_TZ=europe/berlin   0 6 * * *').timezone).toBe('Europe/Berlin');
    expect(schedule('CRON_TZ=Etc/UTC 0 6 * * *').timezone).toBe('Etc/UTC');
  });

  test.each<readonly [string, string]>([
    ['@daily', 'schedule must have 5 or 6 fields'],
    ['', 'schedule must have 5 or 6 fields'],
    ['* * * *', 'schedule must have 5 or 6 fields'],
    ['* * * * * * *', 'schedule must have 5 or 6 fields'],
    ['CRON_TZ=UTC', 'schedule must have 5 or 6 fields'],
    ['61 99 * * *', "schedule minute '61' is out of range 0-59"],
    ['60 * * * * *', "schedule second '60' is out of range 0-59"],
    ['* 24 * * *', "schedule hour '24' is out of range 0-23"],
    ['* * 0 * *', "schedule day of month '0' is out of range 1-31"],
    ['* * * 13 *', "schedule month '13' is out of range 1-12"],
    ['* * * * 8', "schedule day of week '8' is out of range 0-7"],
    ['* 5-3 * * *', "schedule hour '5-3' is out of range 0-23"],
    ['*/0 * * * *', "schedule minute '*/0' is malformed"],
    ['*/61 * * * *', "schedule minute '*/61' has a step wider than the field, which has 60 values"],
    ['*/90 * * * * *', "schedule second '*/90' has a step wider than the field, which has 60 values"],
    ['0 0-12/25 * * *', "schedule hour '0-12/25' has a step wider than the field, which has 24 values"],
    ['0 0 1/32 * *', "schedule day of month '1/32' has a step wider than the field, which has 31 values"],
    ['0 0 * */13 *', "schedule month '*/13' has a step wider than the field, which has 12 values"],
    ['0 0 * * */8', "schedule day of week '*/8' has a step wider than the field, which has 7 values"],
    ['? * * * *', "schedule minute '?' is malformed"],
    ['a * * * *', "schedule minute 'a' is malformed"],
    ['1,,2 * * * *', "schedule minute '' is malformed"],
    ['1-2-3 * * * *', "schedule minute '1-2-3' is malformed"],
    ['-5 * * * *', "schedule minute '-5' is malformed"],
    ['1.5 * * * *', "schedule minute '1.5' is malformed"],
    ['* * L * *', "schedule day of month 'L' is malformed"],
    ['0 0 1 1\n1', 'schedule must have 5 or 6 fields'],
    ['CRON_TZ=Nowhere/Land 0 0 * * *', "schedule has unknown time zone 'Nowhere/Land'"],
    ['CRON_TZ=+02:00 0 0 * * *', "schedule has unknown time zone '+02:00'"],
    ['CRON_TZ= 0 0 * * *', "schedule has unknown time zone ''"],
    ...[
      'PST',
      'IST',
      'AST',
      'ACT',
      'CNT',
      'PNT',
      'SST',
      'Factory',
      'Local',
      'local',
      'UTC+2',
      'GMT+5',
      'constructor',
    ].map((zone) => [`CRON_TZ=${zone} 0 0 * * *`, `schedule has unknown time zone '${zone}'`] as const),
    ...['TZ=Europe/Berlin', 'tz=UTC', 'cron_tz=UTC', ' CRON_TZ=UTC', 'CRON_TZ = UTC', 'timezone=UTC'].map(
      (zone) =>
        [`${zone} 0 9 * * *`, "schedule must name its time zone as in 'CRON_TZ=Europe/Berlin 0 9 * * *'"] as const,
    ),
    ['0 9 * * * TZ=UTC', "schedule must name its time zone as in 'CRON_TZ=Europe/Berlin 0 9 * * *'"],
    ...[
      '0 0 30 2 *',
      '0 0 31 2,4,6,9,11 *',
      '* * * 30-31 FEB ?',
      'CRON_TZ=Europe/Berlin 0 0 31 4 *',
      '0 0 31 2 */1',
    ].map((text) => [text, 'schedule names only dates that never come'] as const),
  ])('%j: %s', (text, reason) => {
    expect(parseCron(text)).toEqual({ ok: false, reason });
  });
});
