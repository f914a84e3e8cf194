import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, decodeOffsetCursor, encodeCursor } from './cursor.js';
import { RUN_STATUSES } from '@flowplane/contracts';
import { parseExecutionFilter, type Comparison } from './execution-filter.js';
import { filterConditions } from './filter-sql.js';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const time = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const equality = fc.constantFrom('=' as const, '!=' as const);
const order = fc.constantFrom('=' as const, '!=' as const, '>=' as const, '<=' as const, '>' as const, '<' as const);
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    field: fc.constantFrom('flowVersion' as const, 'triggerType' as const),
    operator: equality,
    value: fc.string(),
  }),
  fc.record({
    field: fc.constant('ExecutionStatus' as const),
    operator: equality,
    value: fc.constantFrom(...RUN_STATUSES),
  }),
  fc.record({ field: fc.constantFrom('StartTime' as const, 'CloseTime' as const), operator: order, value: time }),
);
const scopeClause = fc.oneof(
  fc.string().map((value) => `tenantId = ${quoted(value)}`),
  fc.array(fc.string(), { minLength: 1 }).map((values) => `workspaceId IN (${values.map(quoted).join(', ')})`),
);

describe('filter of runs (properties)', () => {
  it('gives back what was written, without the clauses on the scope', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(comparison, scopeClause)), (clauses) => {
        const text = clauses
          .map((clause) =>
            typeof clause === 'string' ? clause : `${clause.field} ${clause.operator} ${quoted(clause.value)}`,
          )
          .join(' AND ');
        const wanted = clauses.filter((clause) => typeof clause !== 'string');
        expect(parseExecutionFilter(text)).toEqual({ ok: true, comparisons: wanted });
      }),
      { verbose: 1 },
    );
  });

  it('never lets a text of the client into the SQL', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `triggerType = ${quoted(text)}`),
        ),
        (query) => {
          const parsed = parseExecutionFilter(query);
          const values: unknown[] = [];
          const sql = parsed.ok ? filterConditions(parsed.comparisons, (value) => `$${values.push(value)}`) : [];
          for (const condition of sql) expect(condition).toMatch(/^[a-z_.(), :]+ (=|<>|>=|<=|>|<) \$\d+$/);
        },
      ),
      { verbose: 1 },
    );
  });
});

describe('cursor (properties)', () => {
  it('comes back as it was', () => {
    const cursor = fc.record({
      timeMs: fc.integer({ min: 0, max: 4e12 }),
      tie: fc.string().filter((text) => !text.includes('\0')),
    });
    fc.assert(
      fc.property(cursor, (value) => {
        expect(decodeCursor(encodeCursor(value))).toEqual(value);
      }),
      { verbose: 1 },
    );
  });

  it('is refused or harmless whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cursor = decodeOffsetCursor(Buffer.from(text).toString('base64url'));
        expect(cursor === undefined || /^\d+$/.test(cursor.tie)).toBe(true);
        expect(decodeCursor(`${text}!`)).toBeUndefined();
      }),
      { verbose: 1 },
    );
  });
});
