/** Longest delay that a server may ask for, in ms. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** The three forms of RFC 9110 5.6.7; the last one names no zone, and is in GMT like the others. */
const DATES = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Delay that a `Retry-After` asks for, in ms, at most an hour. Undefined where there is none, it is no delay (0, or a time
 * that has passed) or cannot be read: then the node's policy says how long to wait.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const delayMs = delayOf(header?.trim() ?? '', nowMs);
  return Number.isFinite(delayMs) && delayMs > 0 ? Math.min(delayMs, MAX_RETRY_AFTER_MS) : undefined;
}

function delayOf(text: string, nowMs: number): number {
  // Of as many digits as one likes: what is more than a number holds is more than the bound as well.
  if (/^\d+$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER / 1000) * 1000;
  if (!DATES.some((form) => form.test(text))) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - nowMs;
}
