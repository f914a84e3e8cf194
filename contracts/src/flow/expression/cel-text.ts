/**
 * Where a CEL string or bytes literal that opens at `at` ends (exclusive), undefined when `at` opens none,
 * or the text's length when it is never closed. Knows the prefixes `r`, `b` and their pairs, and triple quotes;
 * in a raw literal a backslash escapes nothing.
 */
export function literalEnd(text: string, at: number): number | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") {
    return undefined;
  }
  const closing = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const raw = isRawLiteral(text, at);
  let position = at + closing.length;
  while (position < text.length) {
    if (!raw && text[position] === '\\') {
      position += 2;
    } else if (text.startsWith(closing, position)) {
      return position + closing.length;
    } else {
      position += 1;
    }
  }
  return text.length;
}

/** True when the quote at `at` follows a prefix that holds `r`, and the prefix is not the end of a longer name. */
export function isRawLiteral(text: string, at: number): boolean {
  const prefix = /(?:^|[^A-Za-z0-9_])([rRbB]{1,2})$/.exec(text.slice(Math.max(0, at - 3), at))?.[1];
  return prefix !== undefined && /[rR]/.test(prefix);
}

/** End (exclusive) of the comment that opens at `at`, before its line break; undefined when none opens there. */
export function commentEnd(text: string, at: number): number | undefined {
  if (!text.startsWith('//', at)) {
    return undefined;
  }
  const length = text.slice(at).search(/[\r\n]/);
  return length < 0 ? text.length : at + length;
}

/** The text with every literal and comment replaced by as many NUL characters, so that offsets stay. */
export function maskLiterals(text: string): string {
  let masked = '';
  let at = 0;
  while (at < text.length) {
    const end = literalEnd(text, at) ?? commentEnd(text, at);
    masked += end === undefined ? text[at] : '\0'.repeat(end - at);
    at = end ?? at + 1;
  }
  return masked;
}

/** Deepest bracket nesting of a text whose literals are masked, plus its conditionals, which nest to the right. */
export function nestingOf(masked: string): number {
  let depth = 0;
  let deepest = 0;
  let conditionals = 0;
  for (const character of masked) {
    if (character === '(' || character === '[' || character === '{') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === ')' || character === ']' || character === '}') {
      depth -= 1;
    } else if (character === '?') {
      conditionals += 1;
    }
  }
  return deepest + conditionals;
}

/** Characters as a reader counts them: code points. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}
