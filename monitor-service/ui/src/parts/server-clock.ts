/** Less is left as it is: a Date header has whole seconds, and times must not jump. */
const TOLERATED_MS = 1_500;

let offsetMs = 0;

/**
 * How far a server's clock is ahead of the browser's, by the Date header of an answer; what was known where it is no more
 * exact.
 */
export function clockOffset(known: number, date: string, sentAt: number, receivedAt: number): number {
  // The header was made at some time between, and lacks the part of its second.
  const offset = Date.parse(date) + 500 - (sentAt + receivedAt) / 2;
  const doubt = TOLERATED_MS + (receivedAt - sentAt) / 2;
  if (Number.isNaN(offset) || Math.abs(offset - known) <= doubt) return known;
  return Math.abs(offset) <= doubt ? 0 : offset;
}

/** Takes the server's time from an answer. */
export function noteServerTime(date: string | null, sentAt: number, receivedAt: number): void {
  if (date !== null) offsetMs = clockOffset(offsetMs, date, sentAt, receivedAt);
}

/** The time by the server's clock, which the times of the API are by. In epoch ms. */
export const serverNow = (): number => Date.now() + offsetMs;
