import fc from 'fast-check';

/** A run as the list shows it and a filter sees it; times in epoch ms. */
export type ModelRun = {
  readonly executionId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly version: number;
  readonly status: string;
  readonly triggerType: string;
  readonly createdAt: number;
  /** Of the event that made it: breaks ties of time. */
  readonly offset: number;
  readonly startedAt: number | null;
  readonly closedAt: number | null;
};

/** A comparison as flows-api 6.5 knows it. */
export type ModelComparison = {
  readonly field: 'flowVersion' | 'triggerType' | 'ExecutionStatus' | 'StartTime' | 'CloseTime';
  readonly operator: '=' | '!=' | '>=' | '<=' | '>' | '<';
  readonly value: string;
};

const STATUSES = ['Pending', 'Running', 'Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut'];
const CLOSED = STATUSES.slice(2);
const TRIGGERS = ['manual', 'cron', 'webhook', 'platform_event'];
const HOUR_MS = 3_600_000;
const BASE_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;
/** Few values, so that equality and ties are met; within the retention of closed runs. */
const time = fc.integer({ min: 0, max: 24 }).map((hours) => BASE_MS + hours * HOUR_MS + (hours % 3) * 17);

const scopes = fc.constantFrom(
  { tenantId: 'T', workspaceId: 'W', flowId: 'F' },
  { tenantId: 'T', workspaceId: 'W', flowId: 'F' },
  { tenantId: 'T', workspaceId: 'W', flowId: 'G' },
  { tenantId: 'T', workspaceId: 'W2', flowId: 'F' },
  { tenantId: 'X', workspaceId: 'W', flowId: 'F' },
);

/** Runs of the caller's flow `F` in `T`/`W`, and of everything next to it. */
export const someRuns = (count: number): fc.Arbitrary<readonly ModelRun[]> =>
  fc
    .array(
      fc.record({
        scope: scopes,
        version: fc.integer({ min: 1, max: 12 }),
        status: fc.constantFrom(...STATUSES),
        triggerType: fc.constantFrom(...TRIGGERS),
        createdAt: time,
        started: fc.option(time),
        closed: time,
      }),
      { minLength: count, maxLength: count },
    )
    .map((drawn) =>
      drawn.map(({ scope, started, closed, ...run }, offset) => ({
        ...scope,
        ...run,
        executionId: `${scope.tenantId}:${scope.workspaceId}:${scope.flowId}:run-${offset}`,
        offset,
        startedAt: run.status === 'Pending' ? null : started,
        closedAt: CLOSED.includes(run.status) ? closed : null,
      })),
    );

/** Whether a comparison holds for a run; with a time that a run does not have, none does. */
export function holds({ field, operator, value }: ModelComparison, run: ModelRun): boolean {
  switch (field) {
    case 'flowVersion':
      return compared(String(run.version), operator, value);
    case 'triggerType':
      return compared(run.triggerType, operator, value);
    case 'ExecutionStatus':
      return compared(run.status, operator, value === 'Cancelled' ? 'Canceled' : value);
    case 'StartTime':
      return compared(run.startedAt ?? run.createdAt, operator, Date.parse(value));
    case 'CloseTime':
      return run.closedAt !== null && compared(run.closedAt, operator, Date.parse(value));
  }
}

function compared<T extends string | number>(a: T, operator: ModelComparison['operator'], b: T): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '>=':
      return a >= b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '<':
      return a < b;
  }
}

/** Any text, and texts that are dangerous to put into SQL. */
export const hostileText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '\0',
    'a\0b',
    "'",
    "''",
    "\\'",
    "x' OR '1'='1",
    "'; DROP TABLE flows.executions; --",
    '/* */',
    '$1',
    '%',
    '’',
    '‘',
    '${{ 1 }}',
  ),
);

const equality = fc.constantFrom('=' as const, '!=' as const);
const order = fc.constantFrom('=' as const, '!=' as const, '>=' as const, '<=' as const, '>' as const, '<' as const);
/** The same moment with another offset, too. */
const timestamp = fc.tuple(time, fc.constantFrom(0, 90, -330)).map(([ms, offset]) => {
  if (offset === 0) return new Date(ms).toISOString();
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(offset);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
});

export const comparison: fc.Arbitrary<ModelComparison> = fc.oneof(
  fc.record({
    field: fc.constant('flowVersion' as const),
    operator: equality,
    value: fc.oneof(fc.integer({ min: 1, max: 12 }).map(String), hostileText),
  }),
  fc.record({
    field: fc.constant('triggerType' as const),
    operator: equality,
    value: fc.oneof(fc.constantFrom(...TRIGGERS), hostileText),
  }),
  fc.record({
    field: fc.constant('ExecutionStatus' as const),
    operator: equality,
    value: fc.constantFrom(...STATUSES, 'Cancelled', 'ContinuedAsNew'),
  }),
  fc.record({
    field: fc.constantFrom('StartTime' as const, 'CloseTime' as const),
    operator: order,
    value: timestamp,
  }),
);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A clause on the scope, as clients try them; every one is removed, whatever it says. */
export const scopeClause = fc
  .tuple(
    fc.constantFrom('tenantId', 'workspaceId'),
    fc.constantFrom('X', 'W2', 'T', "' OR 1=1"),
    fc.integer({ min: 0, max: 4 }),
  )
  .map(([field, value, form]) => {
    const text = quoted(value);
    return [
      `${field} = ${text}`,
      `${field}=${text}`,
      `${field}  !=  ${text}`,
      `${field} IN (${text}, 'X')`,
      `${field} in(${text})`,
    ][form] as string;
  });

const SPACES = ['', ' ', '  ', '\t'];
const ANDS = [' AND ', ' and ', '  AnD\n'];

/** A comparison as a client may write it, by a number that says with which blanks. */
export const written = ({ field, operator, value }: ModelComparison, style: number): string => {
  const blank = SPACES[style % SPACES.length] as string;
  return `${field}${blank}${operator}${blank}${quoted(value)}`;
};

export const joined = (clauses: readonly string[], style: number): string =>
  clauses.join(ANDS[style % ANDS.length] as string);

/** Part of what clients send; nothing of ours holds it. */
export const CANARY = 'c4n4ry';

/** Pieces of filters in any order: most of it is no filter, and some of it nearly is one. */
export const nearlyFilter = fc
  .array(
    fc.oneof(
      hostileText,
      fc.constantFrom('tenantId', 'tenantid', 'TENANTID', 'tenant_id', '"tenantId"', 'e.tenant_id', 'workspaceId'),
      fc.constantFrom('flowVersion', 'triggerType', 'ExecutionStatus', 'StartTime', 'CloseTime', 'execution_id'),
      fc.constantFrom(
        '=',
        '!=',
        '<>',
        '>=',
        'IN',
        'NOT IN',
        'LIKE',
        'BETWEEN',
        'IS',
        '(',
        ')',
        ',',
        ';',
        '--',
        '/*',
        '*/',
      ),
      fc.constantFrom(
        'AND',
        'and',
        'OR',
        'NOT',
        'UNION SELECT',
        'true',
        '1=1',
        'NULL',
        '\0',
        '\\',
        "E'\\''",
        '$$',
        'é',
      ),
      fc.constantFrom("'T'", "'X'", "'W2'", "'Running'", "'1'", "'2026-01-01T00:00:00Z'", `'${CANARY}'`, "'it''s'"),
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(' '));
