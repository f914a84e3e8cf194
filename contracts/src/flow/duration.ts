const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Longest legal duration: 3650 days, in milliseconds. */
export const MAX_DURATION_MS = 3650 * DAY_MS;

const ISO_DURATION =
  /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

const PARTS_MS = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];

/**
 * The one parser of ISO-8601 durations (flow-language 12.1), for validator and runtime.
 * Returns whole milliseconds (a finer fraction is rounded), or undefined when the text is no duration or
 * exceeds 3650 days. A year is 365 days, a month 30 days.
 */
export function parseDuration(text: string): number | undefined {
  const parts = ISO_DURATION.exec(text);
  if (parts === null) {
    return undefined;
  }
  const totalMs = PARTS_MS.reduce((sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs, 0);
  return totalMs <= MAX_DURATION_MS ? Math.round(totalMs) : undefined;
}

/** ISO-8601 text of a duration in whole milliseconds, in days, hours, minutes and seconds: `P1DT2H`, `PT0.5S`, `PT0S`. */
export function formatDuration(durationMs: number): string {
  const days = Math.floor(durationMs / DAY_MS);
  const hours = Math.floor((durationMs % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((durationMs % HOUR_MS) / MINUTE_MS);
  const seconds = (durationMs % MINUTE_MS) / SECOND_MS;
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  const text = `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
  return text === 'P' ? 'PT0S' : text;
}

const SHORT_UNITS_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Default of `options.catchupWindow`, in milliseconds. */
export const DEFAULT_CATCHUP_WINDOW_MS = MINUTE_MS;

/**
 * `options.catchupWindow` (flow-language 12.3): ISO-8601 or `<n>s|m|h|d`, in milliseconds; undefined when it is
 * neither.
 */
export function parseCatchupWindow(text: string): number | undefined {
  const short = /^(\d+)([smhd])$/.exec(text);
  if (short === null) {
    return parseDuration(text);
  }
  const windowMs = Number(short[1]) * (SHORT_UNITS_MS[short[2] ?? ''] ?? Number.NaN);
  return windowMs <= MAX_DURATION_MS ? windowMs : undefined;
}
