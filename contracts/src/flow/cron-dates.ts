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
 * @param maxDays dates looked at, at most
 * @returns undefined: none of them matches
 */
export function nextDate(schedule: CronDays, wallMs: number, maxDays: number): number | undefined {
  let day = wallMs - (((wallMs % DAY_MS) + DAY_MS) % DAY_MS);
  for (let left = maxDays; left > 0; left--) {
    day += DAY_MS;
    if (matchesDate(schedule, new Date(day))) return day;
  }
  return undefined;
}
