import { RE2JS } from '@bufbuild/re2';

/** Longest legal pattern of `matches`, in UTF-16 units. */
const maxPatternLength = 1000;

/** Patterns remembered at once; a comprehension tests one pattern against very many texts. */
const maxCompiled = 64;

const compiled = new Map<string, RE2JS>();

/**
 * True when the RE2 pattern matches any part of the text. RE2 runs in time linear in the text: no pattern
 * backtracks. Throws on a pattern RE2 refuses or one that is too long.
 */
export function matches(text: string, pattern: string): boolean {
  return compile(pattern).test(text);
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) {
    return known;
  }
  if (pattern.length > maxPatternLength) {
    throw new Error(`pattern is longer than ${maxPatternLength} characters`);
  }
  const made = RE2JS.compile(pattern);
  if (compiled.size >= maxCompiled) {
    compiled.clear();
  }
  compiled.set(pattern, made);
  return made;
}
