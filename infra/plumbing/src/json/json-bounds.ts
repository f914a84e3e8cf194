const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
/** `[` and `{`, `]` and `}` differ in one bit. */
const SAME = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** Length from which on it is sooner to ask for the end of a string than to look at each byte of it. */
const LONG_STRING = 24;

export type JsonBounds = {
  /** Brackets open within one another. */
  readonly depth?: number;
  /** Members of all objects and items of all lists together. */
  readonly values?: number;
};

/**
 * Which bound a JSON text exceeds, found without reading it as JSON, in a few per cent of the time that reading takes. Strings
 * count for nothing, and so does a text that begins with anything but a bracket: no reader goes far into it. Of a text
 * that is no JSON it says what reading it would come to.
 */
export function exceededBound(text: Buffer, bounds: JsonBounds): keyof JsonBounds | undefined {
  const { depth = Infinity, values = Infinity } = bounds;
  // A value takes two bytes or more: it and what parts it from the next one.
  const mayBeMany = text.length > 2 * values && opensAtStart(text);
  return mayBeMany || hasMoreThan(text, depth) ? scanned(text, depth, values) : undefined;
}

function scanned(text: Buffer, maxDepth: number, maxValues: number): keyof JsonBounds | undefined {
  const { length } = text;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = text[at] as number;
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === COMMA) {
      values += 1;
      if (values > maxValues) return 'values';
    } else if ((byte | SAME) === OPEN) {
      depth += 1;
      // Its first value; taken back where there is none.
      values += 1;
      if (depth > maxDepth) return 'depth';
    } else if ((byte | SAME) === CLOSE) {
      depth -= 1;
      if (isOpening(lastBefore(text, at))) values -= 1;
    }
  }
  return values > maxValues ? 'values' : undefined;
}

/** Index of the quote that ends the string whose opening quote is at `open`; the text's length where none does. */
function endOfString(text: Buffer, open: number): number {
  const { length } = text;
  let asked = open + LONG_STRING;
  for (let at = open + 1; at < length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
    else if (at > asked) {
      const quote = text.indexOf(QUOTE, at);
      if (quote < 0) return length;
      let slash = quote;
      while (text[slash - 1] === BACKSLASH) slash -= 1;
      if ((quote - slash) % 2 === 0) return quote;
      at = quote;
      asked = at + LONG_STRING;
    }
  }
  return length;
}

const isOpening = (byte: number | undefined): boolean => byte !== undefined && (byte | SAME) === OPEN;

/** The byte before `at` that is no white space. */
function lastBefore(text: Buffer, at: number): number | undefined {
  let before = at - 1;
  while ((text[before] ?? Infinity) <= BLANK) before -= 1;
  return text[before];
}

function opensAtStart(text: Buffer): boolean {
  let first = 0;
  while ((text[first] ?? Infinity) <= BLANK) first += 1;
  return isOpening(text[first]);
}

/** Whether a text has more than `max` opening brackets, in strings or not: found much sooner than how deep they are. */
function hasMoreThan(text: Buffer, max: number): boolean {
  if (text.length <= max) return false;
  let found = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++found > max) return true;
    }
  }
  return false;
}
