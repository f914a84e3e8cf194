import type { CronSchedule } from './cron.js';
import { matchesDate } from './cron-dates.js';

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
/** Every date there is: leap years and weekdays repeat after 28 years. */
const DATES = 28 * 365 + 7;
const FIRST_DATE = Date.UTC(2001, 0, 1);
/** Different pairs of dates that are looked at; beyond them all expressions count as if they fired every day. */
const MAX_PAIRS = 50;

/**
 * Looks for fires of expressions that share one schedule and are closer than this, by the clock on the wall: changes of
 * the clocks do not count.
 *
 * @param minS seconds, at most a day
 * @returns index of an expression that fires too soon after or before itself or an earlier one; undefined: there is none
 */
export function firesTooSoon(schedules: readonly CronSchedule[], minS: number): number | undefined {
  if (minS <= 1) return undefined;
  const busy = schedules.findIndex(({ hour, minute, second }) => {
    return (hour.length * minute.length * second.length - 1) * minS > DAY_S;
  });
  if (busy >= 0) return busy;
  const times = schedules.map(secondsOfDay);
  const found = datePairs(schedules).map((pair) => firstTooSoon(pair, times, minS));
  const first = Math.min(...found);
  return Number.isFinite(first) ? first : undefined;
}

/** @returns index of an expression, as of `firesTooSoon`; Infinity: there is none on these two days */
function firstTooSoon({ today, tomorrow }: DatePair, times: readonly (readonly number[])[], minS: number): number {
  // By second of the two days: 1 + index of the first expression that fires.
  const firing = new Uint16Array(2 * DAY_S);
  for (const [from, indexes] of [[0, today] as const, [DAY_S, tomorrow] as const]) {
    for (const index of indexes) for (const second of times[index] ?? []) firing[from + second] ||= index + 1;
  }
  let found = Infinity;
  let before = -Infinity;
  for (let at = 0; at < firing.length; at++) {
    const index = firing[at] as number;
    if (index === 0) continue;
    if (at - before < minS) found = Math.min(found, Math.max(index, firing[before] as number) - 1);
    before = at;
  }
  return found;
}

const secondsOfDay = ({ hour, minute, second }: CronSchedule): readonly number[] =>
  hour.flatMap((h) => minute.flatMap((m) => second.map((s) => h * 3600 + m * 60 + s)));

type DatePair = { readonly today: readonly number[]; readonly tomorrow: readonly number[] };

/** Which expressions fire on one date and on the one after it, each combination once. */
function datePairs(schedules: readonly CronSchedule[]): readonly DatePair[] {
  const pairs = new Map<string, DatePair>();
  let today = firing(schedules, FIRST_DATE);
  for (let day = 1; day <= DATES; day++) {
    const tomorrow = firing(schedules, FIRST_DATE + day * DAY_MS);
    if (today.length > 0) pairs.set(`${today.join()}/${tomorrow.join()}`, { today, tomorrow });
    if (pairs.size > MAX_PAIRS) {
      const all = [...schedules.keys()];
      return [{ today: all, tomorrow: all }];
    }
    today = tomorrow;
  }
  return [...pairs.values()];
}

function firing(schedules: readonly CronSchedule[], dateMs: number): readonly number[] {
  const date = new Date(dateMs);
  return [...schedules.keys()].filter((index) => matchesDate(schedules[index] as CronSchedule, date));
}
