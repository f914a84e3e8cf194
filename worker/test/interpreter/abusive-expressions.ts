/** What an author could write to hold a worker or to fill its memory, and why each ends. */
export type AbusiveExpression = {
  readonly name: string;
  /** Reads `list` (1,000 whole numbers) and `text` (1,000,000 characters) at most; yields no legal arm. */
  readonly text: string;
  readonly reason: RegExp;
};

export const ABUSED_INPUTS = {
  x: 2,
  list: Array.from({ length: 1000 }, (_, index) => index),
  text: 'x'.repeat(1_000_000),
};

const PARSES_NOT = /cannot parse/;
const TOO_MUCH = /too many iterations|takes longer than|needs too much memory/;
const TOO_LARGE = /too large values|takes longer than/;

/** `start`, doubled `times` times. */
const doubled = (start: string, times: number): string => `[${start}]${'.map(a, a + a)'.repeat(times)}[0]`;
const nested = (depth: number, inner: string, macro = 'all'): string =>
  Array.from({ length: depth }, (_, level) => level).reduce(
    (body, level) => `list.${macro}(v${level}, ${body})`,
    inner,
  );

export const ABUSIVE_EXPRESSIONS: readonly AbusiveExpression[] = [
  { name: '1 MB of operators', text: `${'1+'.repeat(500_000)}1 == 1`, reason: PARSES_NOT },
  { name: '1 MB of text', text: `"${'a'.repeat(1_000_000)}" == "a"`, reason: PARSES_NOT },
  { name: '2,000 brackets', text: `${'('.repeat(2000)}1${')'.repeat(2000)} == 1`, reason: PARSES_NOT },
  { name: '2,000 lists', text: `${'['.repeat(2000)}${']'.repeat(2000)} == []`, reason: PARSES_NOT },
  { name: '2,000 selections', text: `x${'.y'.repeat(2000)}`, reason: PARSES_NOT },
  { name: 'a comprehension bomb', text: nested(5, 'v0 + v1 + v2 + v3 + v4 >= 0'), reason: TOO_MUCH },
  { name: 'a bomb behind an error', text: `${nested(5, '1 / 0 > v4', 'exists')} || true`, reason: TOO_MUCH },
  { name: 'a list of lists of lists', text: `size(${nested(4, 'list', 'map')}) < 0`, reason: TOO_MUCH },
  {
    name: 'comparisons of doubled lists',
    text: `${doubled('[1, 2]', 26)} == ${doubled('[1, 2]', 26)}`,
    reason: TOO_MUCH,
  },
  { name: 'a text of 2^30 characters', text: `${doubled('"x"', 30)} == "y"`, reason: TOO_LARGE },
  {
    name: 'many texts of megabytes',
    text: `list.all(i, !(${doubled('text', 3)} + string(i)).contains("y"))`,
    reason: TOO_MUCH,
  },
  { name: 'byte strings of 2^40 bytes', text: `${doubled('b"xxxx"', 38)} == b"y"`, reason: TOO_LARGE },
  { name: 'byte strings by the thousand', text: 'list.map(i, bytes(text)).size() < 0', reason: TOO_LARGE },
  { name: 'a look-ahead', text: '"x".matches("(?=a)")', reason: /error parsing regexp/ },
  {
    name: 'a pattern of 10^9 repetitions',
    text: '"x".matches("(((x{1000}){1000}){1000})")',
    reason: /error parsing regexp/,
  },
  {
    name: 'patterns by the thousand',
    text: 'list.all(i, !text.matches("(x|[a-w]x?)*[y-z]{" + string(i + 1) + "}$"))',
    reason: TOO_MUCH,
  },
  { name: 'a huge result', text: 'list.map(i, text)', reason: /must yield bool|takes longer than|too much memory/ },
];
