import type { CronSchedule } from './cron.js';
import { fireTimes } from './cron-times.js';

const SECOND_MS = 1000;
const FROM = Date.UTC(2024, 0, 1);

/**
 * A catch-up window, cut so that about `maxFires` fires fall into it at most: as long as it takes the expressions, each
 * alone and all together, to fire so often for the first time in a year. By the calendar alone, without changes of clocks.
 */
export function boundedCatchupMs(schedules: readonly CronSchedule[], windowMs: number, maxFires: number): number {
  if (windowMs <= maxFires * SECOND_MS) return windowMs;
  const inUtc = schedules.map((schedule) => ({ ...schedule, timezone: 'UTC' }));
  const groups = [inUtc, ...inUtc.map((schedule) => [schedule])];
  return Math.min(...groups.map((group) => spanOf(group, windowMs, maxFires)));
}

/** How long `maxFires` fires take, the window at most. */
function spanOf(group: readonly CronSchedule[], windowMs: number, maxFires: number): number {
  let first: number | undefined;
  let fires = 0;
  for (const time of fireTimes(group, FROM)) {
    first ??= time;
    if (time - first >= windowMs) return windowMs;
    if (fires === maxFires) return time - first;
    fires++;
  }
  return windowMs;
}
