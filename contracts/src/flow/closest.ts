/** Longer words are nobody's slip of the pen. */
const MAX_WORD = 64;

/**
 * The candidate a word was probably meant to be: not more than a third of its letters differ, case aside.
 *
 * @returns undefined when none is near
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  let best: string | undefined;
  let allowed = Math.max(1, Math.floor(word.length / 3));
  for (const candidate of candidates) {
    const distance = distanceWithin(word.toLowerCase(), candidate.toLowerCase(), allowed);
    if (distance === undefined || candidate === word) continue;
    best = candidate;
    if (distance === 0) return best;
    allowed = distance - 1;
  }
  return best;
}

/** Letters to insert, remove, replace, or swap with their neighbours; undefined: more than `most`. */
function distanceWithin(one: string, other: string, most: number): number | undefined {
  if (most < 0 || Math.abs(one.length - other.length) > most) return undefined;
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      const isSwapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      const replaced = (above[at - 1] as number) + (isSame ? 0 : 1);
      const swapped = isSwapped ? (before[at - 2] as number) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, (above[at] as number) + 1, (current[at - 1] as number) + 1));
    }
    if (Math.min(...current) > most && Math.min(...above) > most) return undefined;
    [before, above] = [above, current];
  }
  const distance = above[other.length] as number;
  return distance <= most ? distance : undefined;
}

/** The hint that a word was probably meant; undefined where there is none. */
export const didYouMean = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `Did you mean ${JSON.stringify(word)}?`;
