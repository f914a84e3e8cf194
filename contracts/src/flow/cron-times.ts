import type { CronSchedule } from './cron.js';
import { everFires, matchesDate, nextDate } from './cron-dates.js';

/**
 * When cron expressions fire: at each second whose wall-clock reading in the expression's zone matches. So a reading
 * that a change of the clocks skips does not fire, and one that it repeats fires twice, as in the engine.
 */

const SECOND_MS = 1000;
const QUARTER_MS = 15 * 60 * SECOND_MS;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
/** 29 February may be 8 years away; what is further away never comes. */
const HORIZON_DAYS = 3660;
const HORIZON_MS = HORIZON_DAYS * DAY_MS;
/** Looks at the clock for one time; a date is found by the calendar, so that few are needed. */
const MAX_LOOKS = 2000;
/** A date further away than this is gone to at once, to two days before it: no change of clocks is longer than one. */
const FAR_MS = 3 * DAY_MS;

/** Whether the schedule fires at this time (epoch ms; whole seconds only). */
export function firesAt(schedule: CronSchedule, timeMs: number): boolean {
  return timeMs % SECOND_MS === 0 && stepFrom(schedule, timeMs + offsetMs(schedule.timezone, timeMs)) === 0;
}

/**
 * The next times, ascending, at which any of the schedules fires; a time of several counts once.
 *
 * @param afterMs epoch ms; the times are later
 * @returns epoch ms; fewer than `count` where there are no more within ten years
 */
export function nextFireTimes(schedules: readonly CronSchedule[], afterMs: number, count: number): readonly number[] {
  const times: number[] = [];
  for (const time of fireTimes(schedules, afterMs)) {
    times.push(time);
    if (times.length >= count) break;
  }
  return times;
}

/** As `nextFireTimes`, one after the other without an end, until there are no more within ten years of the last one. */
export function* fireTimes(schedules: readonly CronSchedule[], afterMs: number): Generator<number, void> {
  const nexts = schedules.map((schedule) => nextFireTime(schedule, afterMs));
  for (;;) {
    const soonest = Math.min(...nexts.map((time) => time ?? Infinity));
    if (!Number.isFinite(soonest)) return;
    yield soonest;
    for (const [index, schedule] of schedules.entries()) {
      if (nexts[index] === soonest) nexts[index] = nextFireTime(schedule, soonest);
    }
  }
}

function nextFireTime(schedule: CronSchedule, afterMs: number): number | undefined {
  if (!everFires(schedule)) return undefined;
  const end = afterMs + HORIZON_MS;
  let time = (Math.floor(afterMs / SECOND_MS) + 1) * SECOND_MS;
  for (let looks = 0; time <= end && looks < MAX_LOOKS; looks++) {
    const offset = offsetMs(schedule.timezone, time);
    const step = stepFrom(schedule, time + offset);
    if (step === 0) return time;
    if (step > FAR_MS) {
      time += step - 2 * DAY_MS;
      continue;
    }
    // Steps are by the clock on the wall: one over a change of it is made in parts.
    time += stepWithin(schedule.timezone, time, offset, step);
  }
  return undefined;
}

function stepWithin(zone: string, time: number, offset: number, step: number): number {
  let part = step;
  while (part > QUARTER_MS && offsetMs(zone, time + part) !== offset)
    part = Math.floor(part / 2 / SECOND_MS) * SECOND_MS;
  if (offsetMs(zone, time + part) === offset) return part;
  // Clocks change at quarters of an hour.
  return Math.min(part, QUARTER_MS - (time % QUARTER_MS));
}

/** 0 when this reading of the clock matches, else how far away the next one is that may, at the least. */
function stepFrom(schedule: CronSchedule, wallMs: number): number {
  const wall = new Date(wallMs);
  if (!matchesDate(schedule, wall)) {
    const date = nextDate(schedule, wallMs, HORIZON_DAYS) ?? wallMs + HORIZON_MS + DAY_MS;
    // Days near by are gone through one by one: a change of the clocks may skip a date.
    return date - wallMs > FAR_MS ? date - wallMs : DAY_MS - (((wallMs % DAY_MS) + DAY_MS) % DAY_MS);
  }
  const { hour, minute, second } = schedule;
  return (
    stepTo(hour, wall.getUTCHours(), 24, wallMs, 60 * 60 * SECOND_MS) ||
    stepTo(minute, wall.getUTCMinutes(), 60, wallMs, 60 * SECOND_MS) ||
    stepTo(second, wall.getUTCSeconds(), 60, wallMs, SECOND_MS)
  );
}

/** How far the next of the values is, or the end of them; 0: this one is among them. Values ascend. */
function stepTo(values: readonly number[], now: number, end: number, wallMs: number, unitMs: number): number {
  const next = values.find((value) => value >= now) ?? end;
  return next === now ? 0 : (next - now) * unitMs - (wallMs % unitMs);
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show ahead of UTC, in ms; whole seconds. */
function offsetMs(zone: string, timeMs: number): number {
  if (zone === 'UTC') return 0;
  let format = FORMATS.get(zone);
  if (format === undefined) {
    const numeric = 'numeric' as const;
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat('en-US', { ...parts, timeZone: zone, hourCycle: 'h23' });
    FORMATS.set(zone, format);
  }
  const read = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(timeMs / SECOND_MS) * SECOND_MS;
}
