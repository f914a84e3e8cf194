import fc from 'fast-check';

/** Texts without halves of pairs and NUL, which are refused. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((drawn) => drawn.replaceAll('\0', '')),
  fc.constantFrom(
    '\u2028',
    '\u0085\u007f',
    '\uFFFD',
    '\\u0000',
    '\u{1F468}\u200D\u{1F469}',
    '${{ a }}',
    '"',
    '\u0001',
    '',
  ),
);
const memberName = fc.oneof(
  text,
  fc.constantFrom('10', '9', '1', '0', '-1', '01', '4294967295', '__proto__', 'constructor', 'toJSON', 'length'),
);
const scalar = fc.oneof(
  text.map((drawn) => JSON.stringify(drawn)),
  text.map(escaped),
  fc.integer().map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((drawn) => JSON.stringify(drawn))
    .filter((drawn) => !/^-?\d{16,}$/.test(drawn)), // beyond 2^53 they are refused
  fc.constantFrom(
    'null',
    'true',
    'false',
    '1.0',
    '1E2',
    '-0',
    '0.1e-7',
    '5e-324',
    '9007199254740992',
    '1e21',
    '[]',
    '{}',
  ),
);

/** All characters as escapes. */
function escaped(drawn: string): string {
  const units = Array.from({ length: drawn.length }, (_, index) => drawn.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

/**
 * JSON text of objects as clients write them and no `JSON.stringify` would: integer-like names in any order, numbers in any
 * notation, texts of all planes, blanks.
 */
export const oddObject: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 6, depthSize: 'large', withCrossShrink: true }, scalar, tie('object'), tie('list')),
  object: fc
    .uniqueArray(fc.tuple(memberName, tie('value')), { selector: ([name]) => name, maxLength: 5 })
    .map((members) => `{ ${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(' ,')}}`),
  list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
})).object;
