/** The part of a `CronSchedule` that is about dates. */
type CronDays = {
  readonly dayOfMonth: readonly number[];
  readonly month: readonly number[];
  readonly dayOfWeek: readonly number[];
  readonly domRestricted: boolean;
  readonly dowRestricted: boolean;
};

const DAY_MS = 86_400_000;
/** Most days that each month may have, January first. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether any date matches: 30 February does not. */
export function everFires(schedule: CronDays): boolean {
  if (schedule.domRestricted && schedule.dowRestricted) return true;
  const first = schedule.dayOfMonth[0] ?? 1;
  return schedule.month.some((month) => first <= (LONGEST[month - 1] ?? 0));
}

/** Whether the date that a clock shows matches; `wall` has its reading as if it were UTC. */
export function matchesDate(schedule: CronDays, wall: Date): boolean {
  const { dayOfMonth, month, dayOfWeek, domRestricted, dowRestricted } = schedule;
  if (!month.includes(wall.getUTCMonth() + 1)) return false;
  const inMonth = dayOfMonth.includes(wall.getUTCDate());
  const inWeek = dayOfWeek.includes(wall.getUTCDay());
  return domRestricted && dowRestricted ? inMonth || inWeek : inMonth && inWeek;
}

/**
 * Start of the first matching date after that of a reading of the clock, by the calendar alone.
 *
 * @param maxDays how far ahead to look
 * @returns undefined: none of those dates matches
 */
export function nextDate(schedule: CronDays, wallMs: number, maxDays: number): number | undefined {
  const today = wallMs - (((wallMs % DAY_MS) + DAY_MS) % DAY_MS);
  const last = today + maxDays * DAY_MS;
  for (let day = today + DAY_MS; day <= last;) {
    const date = new Date(day);
    if (matchesDate(schedule, date)) return day;
    const month = date.getUTCMonth();
    // A month that is not asked for is passed over whole.
    day = schedule.month.includes(month + 1) ? day + DAY_MS : Date.UTC(date.getUTCFullYear(), month + 1, 1);
  }
  return undefined;
}
