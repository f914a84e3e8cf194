/** When a list is read again after something has happened: at once, and later, since read models follow the log. */
const BEHIND_MS = [100, 700, 1_500];
/** Reads closer to each other than this are one. */
const APART_MS = 500;

/** Times of reads that are to come, when something happens now. @param planned in order, all of them later than now */
export function withReadsBehind(planned: readonly number[], now: number): readonly number[] {
  const added = BEHIND_MS.map((ms) => now + ms);
  const missing = added.filter((at) => planned.every((known) => Math.abs(known - at) >= APART_MS));
  return [...planned, ...missing].toSorted((a, b) => a - b);
}
