import type { CronSchedule } from './cron.js';
import { nextFireTimes } from './cron-times.js';

const SECOND_MS = 1000;
const FROM = Date.UTC(2024, 0, 1);
const CHUNK = 100;

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
  const [first] = nextFireTimes(group, FROM, 1);
  if (first === undefined) return windowMs;
  let last = first;
  for (let left = maxFires; left > 0;) {
    const times = nextFireTimes(group, last, Math.min(CHUNK, left));
    last = times.at(-1) ?? Infinity;
    if (last - first >= windowMs) return windowMs;
    left -= times.length;
  }
  return last - first;
}
