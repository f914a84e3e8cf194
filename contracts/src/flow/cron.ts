import type { CronField, CronFieldValues } from './cron-field.js';
import { parseCronField } from './cron-field.js';
import { everFires } from './cron-dates.js';
import { ianaZone } from './time-zone.js';

/** A cron expression as sets of values; a moment fires when every set holds it (days: see the two flags). */
export type CronSchedule = {
  readonly second: readonly number[];
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  readonly dayOfMonth: readonly number[];
  /** 1 = January. */
  readonly month: readonly number[];
  /** 0 = Sunday … 6 = Saturday. */
  readonly dayOfWeek: readonly number[];
  /** When both day fields are restricted, a day matches if either holds it. */
  readonly domRestricted: boolean;
  readonly dowRestricted: boolean;
  /** IANA zone, `UTC` by default. */
  readonly timezone: string;
};

export type CronResult =
  { readonly ok: true; readonly schedule: CronSchedule } | { readonly ok: false; readonly reason: string };

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS = {
  second: { name: 'second', min: 0, max: 59, width: 60, names: [], questionMark: false },
  minute: { name: 'minute', min: 0, max: 59, width: 60, names: [], questionMark: false },
  hour: { name: 'hour', min: 0, max: 23, width: 24, names: [], questionMark: false },
  dayOfMonth: { name: 'day of month', min: 1, max: 31, width: 31, names: [], questionMark: true },
  month: { name: 'month', min: 1, max: 12, width: 12, names: MONTHS, questionMark: false },
  dayOfWeek: { name: 'day of week', min: 0, max: 7, width: 7, names: WEEKDAYS, questionMark: true },
} satisfies Record<string, CronField>;

const NEVER = 'schedule names only dates that never come';

/** A time zone, in whatever form; the right one is `CRON_TZ=<zone> ` at the beginning. */
const NAMES_ZONE = /(?:TZ|ZONE)[ \t]*=/i;

const ORDER = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;

/**
 * Parses a schedule of flow-language 12.2: optional `CRON_TZ=<IANA zone> `, then 5 fields or 6 with seconds first.
 * Failures carry the reason E007 shows, for example `schedule must have 5 or 6 fields`.
 */
export function parseCron(text: string): CronResult {
  if (!text.startsWith('CRON_TZ=') && NAMES_ZONE.test(text)) {
    return { ok: false, reason: "schedule must name its time zone as in 'CRON_TZ=Europe/Berlin 0 9 * * *'" };
  }
  const prefixed = /^CRON_TZ=([^ \t]*)[ \t]+(.*)$/s.exec(text);
  const zoneName = prefixed?.[1] ?? 'UTC';
  const words = (prefixed?.[2] ?? text).split(/[ \t]+/).filter((word) => word !== '');
  if (words.length !== 5 && words.length !== 6) {
    return { ok: false, reason: 'schedule must have 5 or 6 fields' };
  }
  const timezone = ianaZone(zoneName);
  if (timezone === undefined) {
    return { ok: false, reason: `schedule has unknown time zone '${zoneName}'` };
  }
  const parsed = new Map<string, CronFieldValues>();
  for (const [index, word] of (words.length === 5 ? ['0', ...words] : words).entries()) {
    const name = ORDER[index] ?? 'second';
    const result = parseCronField(word, FIELDS[name]);
    if (!result.ok) {
      return { ok: false, reason: `schedule ${result.reason}` };
    }
    parsed.set(name, result.field);
  }
  const schedule = scheduleOf(parsed, timezone);
  return everFires(schedule) ? { ok: true, schedule } : { ok: false, reason: NEVER };
}

function scheduleOf(parsed: Map<string, CronFieldValues>, timezone: string): CronSchedule {
  const valuesOf = (name: (typeof ORDER)[number]) => parsed.get(name)?.values ?? [];
  const sundayAsZero = new Set(valuesOf('dayOfWeek').map((day) => day % 7));
  return {
    second: valuesOf('second'),
    minute: valuesOf('minute'),
    hour: valuesOf('hour'),
    dayOfMonth: valuesOf('dayOfMonth'),
    month: valuesOf('month'),
    dayOfWeek: [...sundayAsZero].sort((a, b) => a - b),
    domRestricted: parsed.get('dayOfMonth')?.restricted ?? false,
    dowRestricted: parsed.get('dayOfWeek')?.restricted ?? false,
    timezone,
  };
}
