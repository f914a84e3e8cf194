import type { CelFunc } from '@bufbuild/cel';
import { celMethod, CelScalar, objectType } from '@bufbuild/cel';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';

/** The CEL type of a timestamp. */
export const TIMESTAMP_TYPE = objectType(TimestampSchema);

/** Wall clock of a moment in one zone. */
type Wall = {
  /** A date whose UTC members are the wall clock's. */
  readonly date: Date;
  readonly milliseconds: number;
};

const DAY_MS = 86_400_000;

/**
 * Accessors of timestamps, computed in UTC throughout. The library's own go through the host's local time, so their
 * results depend on the time zone the process happens to run in (hours that daylight saving skips come out wrong).
 */
const ACCESSORS: Readonly<Record<string, (wall: Wall) => number>> = {
  getFullYear: ({ date }) => date.getUTCFullYear(),
  getMonth: ({ date }) => date.getUTCMonth(),
  getDate: ({ date }) => date.getUTCDate(),
  getDayOfMonth: ({ date }) => date.getUTCDate() - 1,
  getDayOfWeek: ({ date }) => date.getUTCDay(),
  getDayOfYear: ({ date }) => Math.floor((date.getTime() - yearStart(date.getUTCFullYear())) / DAY_MS),
  getHours: ({ date }) => date.getUTCHours(),
  getMinutes: ({ date }) => date.getUTCMinutes(),
  getSeconds: ({ date }) => date.getUTCSeconds(),
  getMilliseconds: ({ milliseconds }) => milliseconds,
};

export const TIME_ACCESSORS: CelFunc[] = Object.entries(ACCESSORS).flatMap(([name, read]) => [
  celMethod(name, TIMESTAMP_TYPE, [], CelScalar.INT, function () {
    return BigInt(read(wallClock(this.message, undefined)));
  }),
  celMethod(name, TIMESTAMP_TYPE, [CelScalar.STRING], CelScalar.INT, function (zone) {
    return BigInt(read(wallClock(this.message, zone)));
  }),
]);

/** Milliseconds since the epoch of 1 January; `Date.UTC` would read years below 100 as 19xx. */
function yearStart(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

function wallClock(timestamp: Timestamp, zone: string | undefined): Wall {
  const milliseconds = Math.floor(timestamp.nanos / 1_000_000);
  const utc = new Date(Number(timestamp.seconds) * 1000);
  return { milliseconds, date: new Date(utc.getTime() + (zone === undefined ? 0 : offsetMs(utc, zone))) };
}

/** Offset of a zone at a moment: `+hh:mm`, `-hh:mm`, `hh:mm`, or an IANA name. Throws on anything else. */
function offsetMs(utc: Date, zone: string): number {
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed !== null) {
    if (Number(fixed[2]) > 23 || Number(fixed[3]) > 59) {
      throw new Error('text is no offset from UTC');
    }
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return (fixed[1] === '-' ? -minutes : minutes) * 60_000;
  }
  return zonedMs(utc, zone) - utc.getTime();
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function zonedMs(utc: Date, zone: string): number {
  const part = new Map(
    formatFor(zone)
      .formatToParts(utc)
      .map(({ type, value }) => [type, value]),
  );
  const year = Number(part.get('year')) * (part.get('era') === 'BC' ? -1 : 1) + (part.get('era') === 'BC' ? 1 : 0);
  const wall = new Date(0);
  wall.setUTCFullYear(year, Number(part.get('month')) - 1, Number(part.get('day')));
  return wall.setUTCHours(Number(part.get('hour')), Number(part.get('minute')), Number(part.get('second')));
}

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(zone);
  if (format === undefined) {
    if (FORMATS.size >= 32) {
      FORMATS.clear();
    }
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    FORMATS.set(zone, format);
  }
  return format;
}
