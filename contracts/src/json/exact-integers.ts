/** Position of a literal in a text; `end` is exclusive. */
export type LiteralPlace = { readonly start: number; readonly end: number };

/** 2^53: above it a double skips integers. */
const LARGEST_EXACT = '9007199254740992';

/** True for the digits of an integer above 2^53; no sign, no leading zeros. */
export function exceedsExactIntegers(digits: string): boolean {
  return digits.length > LARGEST_EXACT.length || (digits.length === LARGEST_EXACT.length && digits > LARGEST_EXACT);
}

/** Most texts have no such run of digits, and are looked through no further. */
const MAY_HOLD_ONE = /\d{16}/;

/**
 * Numbers of a JSON text that are written without fraction and exponent and whose absolute value exceeds 2^53:
 * `JSON.parse` would give another number, silently. In the order of the text, which must be JSON. Takes time linear in
 * the text; a reviver, which could see the source of each number too, takes seconds on some megabytes.
 */
export function inexactIntegersIn(json: string): readonly LiteralPlace[] {
  const places: LiteralPlace[] = [];
  if (!MAY_HOLD_ONE.test(json)) return places;
  const quoteOrInteger = /"|(?<![\w.+-])-?[1-9]\d{15,}(?![\d.eE])/g;
  for (let match = quoteOrInteger.exec(json); match !== null; match = quoteOrInteger.exec(json)) {
    const [literal] = match;
    if (literal === '"') quoteOrInteger.lastIndex = endOfText(json, match.index);
    else if (exceedsExactIntegers(literal.replace('-', ''))) {
      places.push({ start: match.index, end: match.index + literal.length });
    }
  }
  return places;
}

/** End (exclusive) of the JSON text literal whose opening quote is at `open`. */
function endOfText(json: string, open: number): number {
  for (let quote = json.indexOf('"', open + 1); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return json.length;
}

/** The JSON text with these literals in quotes. */
export function withQuoted(json: string, places: readonly LiteralPlace[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of places) {
    parts.push(json.slice(at, start), '"', json.slice(start, end), '"');
    at = end;
  }
  return parts.join('') + json.slice(at);
}

/**
 * `JSON.parse`, with each integer beyond ±2^53 as its decimal text: no digit is lost.
 *
 * @throws SyntaxError when the text is no JSON
 */
export function parseJsonExactly(json: string): unknown {
  const value: unknown = JSON.parse(json);
  const places = inexactIntegersIn(json);
  return places.length === 0 ? value : JSON.parse(withQuoted(json, places));
}
