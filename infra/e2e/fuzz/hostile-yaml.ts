import fc from 'fast-check';

type Make = (bytes: number) => string;

const repeated = (piece: string, bytes: number): string => piece.repeat(Math.max(1, Math.floor(bytes / piece.length)));
const lines = (bytes: number, bytesEach: number, line: (index: number) => string): string =>
  Array.from({ length: Math.max(1, Math.floor(bytes / bytesEach)) }, (_, index) => line(index)).join('\n');
const HEAD = 'apiVersion: v1.0\nname: y\nnodes:\n  - { id: pause, type: wait, duration: PT0S }\n';

/** `width` references to the level below, on each of `levels` levels. */
function aliasTower(levels: number, width: number, leaf: string): string {
  const level = (index: number): string =>
    `  a${index}: &a${index} [${Array.from({ length: width }, () => (index === 0 ? leaf : `*a${index - 1}`)).join(', ')}]`;
  return `${HEAD}canvasMetadata:\n${Array.from({ length: levels }, (_, index) => level(index)).join('\n')}\n`;
}

/** Definitions as YAML, and what is nearly one; each is of about so many bytes where it grows. */
const KINDS: readonly Make[] = [
  () => HEAD,
  () => '',
  () => '---\n...\n---\n',
  () => '\ufeff' + HEAD,
  () => aliasTower(3, 4, '1e20'),
  () => aliasTower(5, 25, '1e20'),
  () => aliasTower(9, 9, '"x"'),
  (bytes) => aliasTower(1, Math.max(1, Math.floor(bytes / 6)), '1e20'),
  (bytes) => `${HEAD}canvasMetadata:\n  a: &a { b: 1 }\n${lines(bytes, 12, (index) => `  k${index}: *a`)}\n`,
  (bytes) => `${HEAD}canvasMetadata:\n${lines(bytes, 14, (index) => `  k${index}: &b${index} 1`)}\n`,
  () => `${HEAD}canvasMetadata: &a { b: *a }\n`,
  () => `${HEAD}canvasMetadata:\n  <<: { a: 1 }\n  <<: [ { b: 2 }, { a: 3 } ]\n`,
  (bytes) => `${HEAD}canvasMetadata:\n${lines(bytes, 10, (index) => `  m${index}: 0`)}\n`,
  (bytes) => `${HEAD}canvasMetadata:\n${lines(bytes, 9, () => '  same: 0')}\n`,
  (bytes) => `${HEAD}canvasMetadata: { a: ${'['.repeat(Math.min(bytes, 50_000))}`,
  (bytes) => `${HEAD}canvasMetadata: { a: ${'['.repeat(Math.min(bytes, 490))}${']'.repeat(Math.min(bytes, 490))} }\n`,
  (bytes) => `canvasMetadata:\n${repeated('- ', bytes)}1\n`,
  (bytes) => `canvasMetadata:\n  ${repeated('? ', Math.min(bytes, 20_000))}1\n`,
  (bytes) => `${HEAD}description: "${repeated('\\u0007', bytes)}"\n`,
  (bytes) => `${HEAD}description: '${repeated("''", bytes)}'\n`,
  (bytes) => `${HEAD}description: |\n${lines(bytes, 4, () => '  x')}\n`,
  (bytes) => `${HEAD}description: >-\n${lines(bytes, 4, () => '  y\n')}\n`,
  (bytes) => `${HEAD}description: ${repeated('word ', bytes)}\n`,
  (bytes) => `${HEAD}${repeated('# nothing\n', bytes)}`,
  (bytes) => `${HEAD}${repeated('\n', bytes)}`,
  (bytes) => repeated('---\n', bytes),
  (bytes) => `${HEAD}canvasMetadata: [${repeated('1e20,', bytes)}]\n`,
  (bytes) => `${HEAD}canvasMetadata: { a: [${repeated('{},', bytes)}] }\n`,
  (bytes) => `${HEAD}canvasMetadata: { a: ${repeated('1', bytes)} }\n`,
  (bytes) => `nodes: ${repeated(':', bytes)}`,
  (bytes) => `nodes: ${repeated('{', Math.min(bytes, 50_000))}`,
  (bytes) => `nodes: ${repeated('"', bytes)}`,
  (bytes) => `nodes: ${repeated('*x ', bytes)}`,
  (bytes) => `nodes: ${repeated('!', bytes)}`,
  (bytes) => `%TAG ! ${repeated('tag:', bytes)}\n---\n${HEAD}`,
  () =>
    `${HEAD}canvasMetadata: { a: !!binary "AAAA", b: !!set { c }, d: !!omap [ { e: 1 } ], f: !!timestamp 2026-02-30 }\n`,
  () => `${HEAD}canvasMetadata: !!js/function "function () {}"\n`,
  () =>
    `${HEAD}canvasMetadata: { a: 0x1f, b: 0o17, c: 1_000, d: .inf, e: .nan, f: ~, g: yes, h: 12:30:45, i: 9007199254740993 }\n`,
  () => `${HEAD}\tdescription: tab\n`,
  () => `${HEAD}canvasMetadata: { __proto__: { polluted: 1 }, ? [a, b] : 1, ? { c: d } : 2 }\n`,
  (bytes) =>
    `apiVersion: v1.0\nname: y\nnodes:\n${lines(bytes, 50, (index) => `  - { id: n${index}, type: wait, duration: PT0S }`)}\n`,
  (bytes) =>
    `${HEAD}triggers:\n${lines(bytes, 50, (index) => `  - { kind: cron, schedule: "${index % 60} 0 30 2 *" }`)}\n`,
  (bytes) => `${HEAD}inputs:\n${lines(bytes, 30, (index) => `  i${index}: { type: string }`)}\n`,
];

const LARGE_BYTES = 4_000_000;

/** About one in `largeEvery` of those that grow is large. */
export const hostileYaml = (largeEvery: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...KINDS),
      fc.oneof(
        { weight: largeEvery - 1, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 2_000, max: LARGE_BYTES }) },
      ),
    )
    .map(([make, bytes]) => make(bytes));
