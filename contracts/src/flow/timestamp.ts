const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** A moment: whole seconds since the epoch, and the nanoseconds after them. */
export type Moment = { readonly seconds: number; readonly nanos: number };

/**
 * The one reader of timestamps (RFC 3339), for expressions and queries. Undefined for what is none, and for a day or
 * time of day that does not exist: `Date.parse` would take 30 February for a day in March, and 24:00 for the next day.
 */
export function parseTimestamp(text: string): Moment | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    return undefined;
  }
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const [offsetHours, offsetMinutes] = [part(9), part(10)];
  const midnight = new Date(0);
  // Unlike `Date.UTC`, this does not read years below 100 as 19xx.
  midnight.setUTCFullYear(year, month - 1, day);
  const exists = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
    return undefined;
  }
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === '-' ? -60 : 60);
  return {
    seconds: midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset,
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  };
}

/** Epoch milliseconds of a timestamp; finer fractions are cut. */
export function parseTimestampMs(text: string): number | undefined {
  const moment = parseTimestamp(text);
  return moment === undefined ? undefined : moment.seconds * 1000 + Math.floor(moment.nanos / 1_000_000);
}
