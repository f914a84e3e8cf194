/** Longest word that is compared: longer ones are no slips of the pen. */
const MAX_LENGTH = 64;

/**
 * The candidate that a word was probably meant to be: it differs in case alone, or in one letter of three at the most.
 * Undefined: none is near.
 */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const ranked = candidates
    .filter((candidate) => candidate.length <= MAX_LENGTH)
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const [nearest] = ranked;
  return nearest !== undefined && nearest.distance <= Math.floor(nearest.candidate.length / 3)
    ? nearest.candidate
    : undefined;
}

/** Insertions, deletions and replacements of characters that make one text the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
