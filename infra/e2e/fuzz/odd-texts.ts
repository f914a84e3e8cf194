import fc from 'fast-check';

const grown = (piece: string, ...counts: readonly number[]): readonly string[] => counts.map((n) => piece.repeat(n));

/** Texts that are hard to keep, to compare or to show, wherever one is expected. */
export const ODD_TEXTS: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', ' ', 'a:b', "x'--", '%', '%00', 'é☃', 'x\0', '...', '${{1}}', '\u202e', '\ud800'),
  },
  { weight: 1, arbitrary: fc.constantFrom(...grown('y', 64, 65, 128, 129, 256, 257, 300, 1000, 1001)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'null', '-1', '0', '1e3', '9007199254740993'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

const EXPRESSIONS = [
  ...[
    'true',
    'inputs.a > 3',
    'inputs.a',
    'nodes.a.output',
    'has(inputs.a)',
    'falsePositives > 3',
    '"\\q"',
    '"a" + 1',
    '',
  ],
  ...[
    '[1,2,3].map(x, x * 2)',
    '[1,2].exists(x, [3,4].all(y, x < y))',
    'timestamp("2026-02-30T00:00:00Z")',
    'duration("")',
  ],
  ...[
    'inputs.a.matches("(a+)+$")',
    '"a".matches("[")',
    '9223372036854775807 + 1',
    '1 / 0',
    '1.0 / 0.0',
    'size("👍")',
    'b"\\377"',
  ],
  ...[
    'event.data.id',
    'body.x',
    'headers["x"]',
    'inputs[0]',
    'inputs["a"]["b"]',
    '!!!!true',
    '- - 1',
    'x ? y : z',
    '{1: 2}[1]',
  ],
  ...[
    `${'('.repeat(60)}1${')'.repeat(60)}`,
    `${'('.repeat(2000)}1`,
    '['.repeat(4000),
    '!'.repeat(4000),
    `${'1+'.repeat(2000)}1`,
  ],
  ...[
    `${'a.'.repeat(2000)}a`,
    `"${'x'.repeat(4090)}"`,
    `${'true?'.repeat(800)}1`,
    `${'[1].map(x,'.repeat(60)}x${')'.repeat(60)}`,
  ],
];
const TEMPLATES = ['${{ inputs.a }}', '${{', '}}', '${{ }}', '${{ "}}" }}', 'a${{ 1 }}b${{ 2 }}', '${{ ${{ 1 }} }}'];
const CRON = [
  ...[
    '* * * * *',
    '0 9 * * *',
    '0 0 30 2 *',
    '@every 1s',
    '@hourly',
    '@yearly',
    '* * * * * *',
    '0 0 9 * * MON-FRI 2030',
  ],
  ...[
    'CRON_TZ=Europe/Berlin 0 9 * * *',
    'CRON_TZ=PST 0 9 * * *',
    'TZ=UTC * * * * *',
    'CRON_TZ= * * * * *',
    '*/90 * * * *',
  ],
  ...[
    '60 * * * *',
    '1-5/0 * * * *',
    '0-59/1,0-59/1 * * * *',
    `${'1,'.repeat(2000)}1 * * * *`,
    '* * * *',
    '',
    '@',
    'L * * * *',
  ],
  ...['CRON_TZ=Europe/Berlin 0 0 29 2 MON', '0 0 31 4,6,9,11 *', '@every 0s', '@every 9999999h', '59 23 31 12 7 2099'],
];
const DURATIONS = [
  ...[
    'PT0S',
    'PT1S',
    'PT0.5S',
    'P1D',
    'PT1H',
    'P1Y',
    'P1W',
    'P1M',
    'P',
    'PT',
    'pt1s',
    '-PT1S',
    'PT1,5S',
    '5 minutes',
    '',
  ],
  ...['PT99999999999999999999S', 'P999999999Y', `PT${'9'.repeat(400)}S`, 'PT1e3S', 'PT1S ', 'P1DT', '${{ inputs.a }}'],
];
const FILTERS = [
  ...[
    "ExecutionStatus = 'Failed'",
    "flowVersion = '1' AND StartTime > '2026-01-01T00:00:00Z'",
    "StartTime > '2026-02-30T00:00:00Z'",
  ],
  ...[
    "ExecutionStatus = 'Nope'",
    "a = 'b'",
    "triggerType != 'manual'",
    "flowVersion = ''''",
    'AND',
    '',
    "CloseTime = '",
    ' ',
  ],
  ...[
    "flowVersion = '1' AND ".repeat(300),
    `flowVersion = '${'9'.repeat(400)}'`,
    "StartTime < '292277026596-12-04T15:30:07Z'",
  ],
];
const TIMES = [
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.123456789+23:59',
  '2026-02-30T00:00:00Z',
  '0000-00-00T00:00:00Z',
  'now',
  '',
];
/** What should say where something is in a list or in the log. */
export const POSITIONS = [
  '',
  'x',
  '0',
  '-1',
  'AAAA',
  'eyJhIjoxfQ',
  'e30',
  'W10',
  'bnVsbA',
  '9'.repeat(512),
  'z'.repeat(513),
];
const NODES = ['a', 'b', 'c', 'd', 'pause', 'review', 'a b', 'é', 'constructor', 'n'.repeat(256)];
const TASK_TYPES = ['http.request', 'db.query', 'events.publish', 'core.echo', 'nothing', 'toString', 'HTTP.REQUEST'];

const some = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...texts) }, { weight: 1, arbitrary: ODD_TEXTS });

/** What a text should be, by the name of the member that holds it: a schema only says that it is one. */
export const TEXTS_BY_NAME: Readonly<Record<string, fc.Arbitrary<string>>> = {
  ...Object.fromEntries(['when', 'filter', 'dedupeKey'].map((name) => [name, some([...EXPRESSIONS, ...TEMPLATES])])),
  ...Object.fromEntries(
    ['id', 'next', 'default', 'steps', 'branches', 'nodeId', 'from'].map((name) => [name, some(NODES)]),
  ),
  ...Object.fromEntries(
    [
      'duration',
      'timeout',
      'startToClose',
      'scheduleToClose',
      'heartbeat',
      'initialInterval',
      'maximumInterval',
      'catchupWindow',
    ].map((name) => [name, some(DURATIONS)]),
  ),
  ...Object.fromEntries(['from', 'to'].map((name) => [name, some([...TIMES, ...NODES])])),
  schedule: some(CRON),
  query: some(FILTERS),
  taskType: some(TASK_TYPES),
  flowVersion: some(['1', 'latest', '0', '2', 'v1', '99999999999']),
  eventType: some(['order.paid', 'order_paid', 'a', '.', '..', 'evt.x', 'x'.repeat(249), 'x y']),
  path: some(['default', 'a/b', '', '/', '..', 'é', 'p'.repeat(300)]),
  approvers: some(['user:alice', 'role:viewer', 'user:', 'user:josé', 'alice']),
  'page[after]': some(POSITIONS),
  lastEventId: some(['0', '1', '-1', '9007199254740993', '1e3', 'x', '']),
};
