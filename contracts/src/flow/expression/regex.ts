import { RE2JS } from '@bufbuild/re2';

/** Longest legal pattern of `matches`, in UTF-16 units. */
const MAX_PATTERN_LENGTH = 1000;

/** Patterns remembered at once; a comprehension tests one pattern against very many texts. */
const MAX_COMPILED = 64;

const COMPILED = new Map<string, RE2JS>();

/**
 * True when the RE2 pattern matches any part of the text. RE2 runs in time linear in the text: no pattern
 * backtracks. Throws on a pattern RE2 refuses or one that is too long.
 */
export function matches(text: string, pattern: string): boolean {
  return compile(pattern).test(text);
}

function compile(pattern: string): RE2JS {
  const known = COMPILED.get(pattern);
  if (known !== undefined) {
    return known;
  }
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new Error(`pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const made = RE2JS.compile(pattern);
  if (COMPILED.size >= MAX_COMPILED) {
    COMPILED.clear();
  }
  COMPILED.set(pattern, made);
  return made;
}
