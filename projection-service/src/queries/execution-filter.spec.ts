import { describe, expect, it } from 'vitest';
import { parseExecutionFilter, statusNamed } from './execution-filter.js';

const comparisons = (query: string) => {
  const parsed = parseExecutionFilter(query);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.comparisons.map(({ field, operator, value }) => [field, operator, value]);
};

describe('filter of runs', () => {
  it('reads comparisons joined by AND', () => {
    expect(comparisons(`flowVersion='2' AND triggerType != 'cron' and StartTime >= '2026-01-01T00:00:00Z'`)).toEqual([
      ['flowVersion', '=', '2'],
      ['triggerType', '!=', 'cron'],
      ['StartTime', '>=', '2026-01-01T00:00:00Z'],
    ]);
  });

  it('takes out every clause on tenant and workspace', () => {
    expect(comparisons(`tenantId = 'other'`)).toEqual([]);
    expect(comparisons(`tenantId IN ('a', 'b') AND workspaceId != 'w'`)).toEqual([]);
    expect(comparisons(`tenantId='x' AND ExecutionStatus = 'Cancelled' AND workspaceId in ('w')`)).toEqual([
      ['ExecutionStatus', '=', 'Canceled'],
    ]);
  });

  it('has nothing to compare in a blank text', () => {
    expect(comparisons('')).toEqual([]);
    expect(comparisons('  ')).toEqual([]);
  });

  it('knows a doubled quote', () => {
    expect(comparisons(`triggerType = 'it''s'`)).toEqual([['triggerType', '=', "it's"]]);
  });

  it.each([
    `tenantId = 'a' OR tenantId = 'b'`,
    `flowVersion = '1' OR 1 = 1`,
    `flowVersion = '1' AND`,
    `AND flowVersion = '1'`,
    `flowVersion = 1`,
    `flowVersion = "1"`,
    `flowVersion > '1'`,
    `flowVersion IN ('1', '2')`,
    `(flowVersion = '1')`,
    `NOT flowVersion = '1'`,
    `flowId = 'F'`,
    `WorkflowId = 'x'`,
    `ExecutionStatus = 'running'`,
    `ExecutionStatus > 'Running'`,
    `StartTime > 'yesterday'`,
    `CloseTime >= '2026-13-01T00:00:00Z'`,
    `tenantId IN ()`,
    `tenantId IN ('a'`,
    `tenantId IN ('a' 'b')`,
    `tenantId > 'a'`,
    `tenantId = 'a' ; DROP TABLE executions`,
    `flowVersion = '1' flowVersion = '2'`,
    `flowVersion = 'unterminated`,
    `1=1`,
    `flowVersion`,
  ])('refuses %s', (query) => {
    expect(parseExecutionFilter(query)).toMatchObject({ ok: false });
  });
});

describe('status and time', () => {
  it('accepts the British spelling and nothing that is no status', () => {
    expect(statusNamed('Cancelled')).toBe('Canceled');
    expect(statusNamed('Pending')).toBe('Pending');
    expect(statusNamed('Cancelling')).toBeUndefined();
  });

  it.each(['2026-01-01T00:00:00.250Z', '2024-02-29T02:00:00+02:00'])('reads the time %s', (time) => {
    expect(parseExecutionFilter(`StartTime > '${time}'`)).toMatchObject({ ok: true });
  });

  it.each(['2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01'])(
    'refuses the time %s',
    (time) => {
      expect(parseExecutionFilter(`CloseTime <= '${time}'`)).toEqual({
        ok: false,
        reason: `"${time}" is no timestamp`,
      });
    },
  );
});
