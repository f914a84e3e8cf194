const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Longest legal duration: 3650 days, in milliseconds. */
export const maxDurationMs = 3650 * dayMs;

const isoDuration =
  /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

const partsMs = [365 * dayMs, 30 * dayMs, 7 * dayMs, dayMs, hourMs, minuteMs, secondMs];

/**
 * The one parser of ISO-8601 durations (flow-language 12.1), for validator and runtime.
 * Returns whole milliseconds (a finer fraction is rounded), or undefined when the text is no duration or
 * exceeds 3650 days. A year is 365 days, a month 30 days.
 */
export function parseDuration(text: string): number | undefined {
  const parts = isoDuration.exec(text);
  if (parts === null) {
    return undefined;
  }
  const totalMs = partsMs.reduce((sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs, 0);
  return totalMs <= maxDurationMs ? Math.round(totalMs) : undefined;
}

/** ISO-8601 text of a duration in whole milliseconds, in days, hours, minutes and seconds: `P1DT2H`, `PT0.5S`, `PT0S`. */
export function formatDuration(durationMs: number): string {
  const days = Math.floor(durationMs / dayMs);
  const hours = Math.floor((durationMs % dayMs) / hourMs);
  const minutes = Math.floor((durationMs % hourMs) / minuteMs);
  const seconds = (durationMs % minuteMs) / secondMs;
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  const text = `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
  return text === 'P' ? 'PT0S' : text;
}

const shortUnitsMs: Record<string, number> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs };

/** Default of `options.catchupWindow`, in milliseconds. */
export const defaultCatchupWindowMs = minuteMs;

/**
 * `options.catchupWindow` (flow-language 12.3): ISO-8601 or `<n>s|m|h|d`, in milliseconds; undefined when it is
 * neither.
 */
export function parseCatchupWindow(text: string): number | undefined {
  const short = /^(\d+)([smhd])$/.exec(text);
  if (short === null) {
    return parseDuration(text);
  }
  const windowMs = Number(short[1]) * (shortUnitsMs[short[2] ?? ''] ?? Number.NaN);
  return windowMs <= maxDurationMs ? windowMs : undefined;
}
