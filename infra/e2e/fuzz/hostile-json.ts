import fc from 'fast-check';

/** JSON text (or text that is nearly JSON) that stands where a value is expected. */
export class RawJson {
  constructor(readonly text: string) {}
}

type Make = (bytes: number) => string;

/** `piece`, as often as fits into so many bytes, at least once. */
const repeated = (piece: string, bytes: number): string =>
  piece.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(piece))));
const listOf =
  (item: string): Make =>
  (bytes) =>
    `[${repeated(`${item},`, bytes).slice(0, -1)}]`;
const textOf =
  (piece: string): Make =>
  (bytes) =>
    `"${repeated(piece, bytes)}"`;
const membersOf =
  (member: (index: number) => string, bytesEach: number): Make =>
  (bytes) =>
    `{${Array.from({ length: Math.max(1, Math.floor(bytes / bytesEach)) }, (_, index) => member(index)).join(',')}}`;
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** By the way in which they are hostile; each makes a text of about so many bytes. */
const GROWING: Readonly<Record<string, Make>> = {
  'empty lists': listOf('[]'),
  'empty objects': listOf('{}'),
  'small objects': listOf('{"a":{"b":[0]}}'),
  'numbers that grow when they are written': listOf('1e20'),
  fractions: listOf('0.1'),
  nulls: listOf('null'),
  'short texts': listOf('""'),
  'texts of one escape': listOf('"\\u0001"'),
  'a text': textOf('x'),
  'a text of escapes': textOf('\\u0007'),
  'a text of quotes': textOf('\\"'),
  'a text of NUL': textOf('\\u0000'),
  'a text of lone surrogates': textOf('\\ud800'),
  'a text of emoji': textOf('\u{1f44d}'),
  'a text of combining marks': textOf('\u0301'),
  'a text of blanks': textOf(' '),
  'a text of line breaks': textOf('\\n'),
  'a text of line separators': textOf('\u2028'),
  'a text of templates': textOf('${{ inputs.a }}'),
  'a text of half templates': textOf('${{'),
  'a number of many digits': (bytes) => repeated('1', bytes),
  'a fraction of many digits': (bytes) => `0.${repeated('1', bytes)}`,
  'many members': membersOf((index) => `"m${index}":0`, 10),
  'members named by numbers': membersOf((index) => `"${index * 7}":0`, 9),
  'members with long names': membersOf((index) => `"${'n'.repeat(1000)}${index}":0`, 1010),
  'one name again and again': membersOf(() => '"same":0', 9),
  'deep lists': (bytes) => nested('[', ']', Math.max(1, Math.min(bytes, 100_000))),
  'deep objects': (bytes) =>
    `${'{"a":'.repeat(Math.max(1, Math.min(bytes, 450)))}0${'}'.repeat(Math.max(1, Math.min(bytes, 450)))}`,
  'many lists of 400 levels': listOf(nested('[', ']', 400)),
  blanks: (bytes) => `${repeated(' ', bytes)}0`,
};

const FIXED: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1', '""', '" "', '[]', '{}', '[null]', '{"":""}'],
  ...['1e400', '-1e400', '1e-400', '9007199254740993', '-9007199254740993', '9007199254740991.5', '4294967296', '1E2'],
  ...[
    'NaN',
    'Infinity',
    'undefined',
    "'x'",
    '01',
    '+1',
    '.5',
    '0x10',
    '[1,]',
    '{"a":1,}',
    '/**/1',
    '"\t"',
    '"\\x"',
    '"\\ud83d"',
  ],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"a":1,"a":2}'],
  ...['{"toJSON":1,"toString":null,"valueOf":null,"length":-1,"then":1,"hasOwnProperty":0}', '{"$ref":"#","$id":"x"}'],
  ...[
    '"\ufeff"',
    '"\\u0000"',
    '"\ufffe"',
    '"\u202eabc"',
    '"a\\u0000b"',
    '"é"',
    '"e\u0301"',
    '"İ"',
    '"\u{1f468}\u200d\u{1f469}"',
  ],
  ...[
    '"2026-02-30T00:00:00Z"',
    '"-1"',
    '"1e3"',
    '"__proto__"',
    '"constructor"',
    '"../../etc/passwd"',
    '"\' OR 1=1 --"',
    '"%00"',
  ],
];

const SMALL_BYTES = 300;
/** Just over the bound of a body, so that both sides of it are tried. */
const LARGE_BYTES = 4_100_000;

/** About one in `largeEvery` is large. */
export function hostileJson(largeEvery: number): fc.Arbitrary<RawJson> {
  const bytes = fc.oneof(
    { weight: largeEvery - 1, arbitrary: fc.integer({ min: 1, max: SMALL_BYTES }) },
    { weight: 1, arbitrary: fc.integer({ min: SMALL_BYTES, max: LARGE_BYTES }) },
  );
  return fc.oneof(
    fc.constantFrom(...FIXED).map((text) => new RawJson(text)),
    fc.tuple(fc.constantFrom(...Object.values(GROWING)), bytes).map(([make, size]) => new RawJson(make(size))),
  );
}

/** As `JSON.stringify`, but for what is raw. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`).join(',')}}`;
}

/** One place of a value, counted in depth first order modulo their number, and what stands there instead. */
export type Break = { readonly at: number; readonly instead: RawJson };

export function broken(value: unknown, { at, instead }: Break): unknown {
  const places = countPlaces(value);
  return replaced(value, at % places, instead).value;
}

const childrenOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !(value instanceof RawJson) ? Object.entries(value) : [];

const countPlaces = (value: unknown): number =>
  childrenOf(value).reduce((sum, [, child]) => sum + countPlaces(child), 1);

function replaced(value: unknown, at: number, instead: RawJson): { readonly value: unknown; readonly left: number } {
  if (at === 0) return { value: instead, left: -1 };
  let left = at - 1;
  const copy: [string, unknown][] = [];
  for (const [name, child] of childrenOf(value)) {
    const result = left < 0 ? { value: child, left } : replaced(child, left, instead);
    left = result.left;
    copy.push([name, result.value]);
  }
  if (copy.length === 0) return { value, left };
  return { value: Array.isArray(value) ? copy.map(([, child]) => child) : Object.fromEntries(copy), left };
}
