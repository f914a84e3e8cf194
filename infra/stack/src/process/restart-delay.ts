/** A process that ran this long before it ended counts as healthy: its backoff starts over. */
export const STABLE_AFTER_MS = 10_000;

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** How long to wait before the n-th start in a row (n from 1): 100, 200, 400 … 5,000 ms. */
export function restartDelayMs(failures: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
