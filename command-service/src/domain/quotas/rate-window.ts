/** Length of the windows that rates are counted over (flows-api 12). */
const WINDOW_MS = 60_000;

/**
 * Accepted requests of the last minute, exact to the millisecond: equal times share an entry, so a window never has
 * more than 60,000 of them however many requests are let through.
 */
export type RateWindow = {
  readonly entries: { readonly at: number; count: number }[];
  /** Entries before it are over. They are removed many at a time, since each removal moves all the others. */
  first: number;
  /** Requests in the entries from `first` on. */
  total: number;
};

export const emptyWindow = (): RateWindow => ({ entries: [], first: 0, total: 0 });

const CUT_AT = 1024;

/** Counts one accepted request at `at` (never before the last one) and forgets what is over a minute old then. */
export function recordIn(window: RateWindow, at: number): void {
  const { entries } = window;
  const last = entries.at(-1);
  if (last?.at === at) last.count++;
  else entries.push({ at, count: 1 });
  window.total++;
  for (let entry = entries[window.first]; entry !== undefined && !isWithin(entry.at, at);) {
    window.total -= entry.count;
    entry = entries[++window.first];
  }
  if (window.first >= CUT_AT) {
    entries.splice(0, window.first);
    window.first = 0;
  }
}

const isWithin = (at: number, now: number): boolean => at > now - WINDOW_MS;

/** Requests accepted in the minute before `now`. */
export function countAt(window: RateWindow, now: number): number {
  let count = window.total;
  for (let index = window.first; index < window.entries.length; index++) {
    const entry = window.entries[index];
    if (entry === undefined || isWithin(entry.at, now)) break;
    count -= entry.count;
  }
  return count;
}

/** Whole seconds, at least 1, until fewer than `limit` requests will be in the window. */
export function secondsUntilBelow(window: RateWindow, now: number, limit: number): number {
  let excess = countAt(window, now) - limit + 1;
  for (const entry of window.entries) {
    if (!isWithin(entry.at, now)) continue;
    excess -= entry.count;
    if (excess <= 0) return Math.max(1, Math.ceil((entry.at + WINDOW_MS - now) / 1000));
  }
  // Waiting never helps against a limit of 0; a minute is as good an answer as any.
  return WINDOW_MS / 1000;
}
