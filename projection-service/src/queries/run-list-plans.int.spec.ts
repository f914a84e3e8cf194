import type { Call } from '@flowplane/runtime/api';
import { withTenant } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { runList } from './run-list.js';
import { workspaceFilter } from './workspace-executions.js';

const RUNS = 20_000;
const PAGE = 100;
const HOUR_MS = 3_600_000;

/** Every tenth run failed, half of these at `pay`; each has a unique label, one in a hundred the label `team`. */
const FILL = `
  INSERT INTO executions (execution_id, tenant_id, workspace_id, flow_id, version, status, trigger_type, input, labels,
                          created_at, created_offset, started_at, closed_at, failure_code, failure_message, failure_node_id)
  SELECT 'T:' || w || ':f' || i % 20 || ':' || i, 'T', w, 'f' || i % 20, 1 + i % 3,
         CASE WHEN i % 1000 = 0 THEN 'Running' WHEN i % 10 = 1 THEN 'Failed' ELSE 'Completed' END,
         CASE WHEN i % 50 = 0 THEN 'webhook' ELSE 'manual' END, '{}', '{"order":"o-' || i || '"}',
         now() - i * interval '1 second', i, now(), CASE WHEN i % 1000 <> 0 THEN now() END,
         CASE WHEN i % 10 = 1 THEN 'TIMEOUT' END, CASE WHEN i % 10 = 1 THEN 'The ledger did not answer.' END,
         CASE WHEN i % 20 = 1 THEN 'pay' WHEN i % 10 = 1 THEN 'ship' END
    FROM unnest(ARRAY['W', 'V']) AS w, generate_series(1, ${RUNS}) AS i`;
const LABELS = `
  INSERT INTO execution_labels (execution_id, key, value, tenant_id, workspace_id, created_at, created_offset)
  SELECT execution_id, key, value, tenant_id, workspace_id, created_at, created_offset FROM executions,
         (VALUES ('order', 1), ('team', 100)) AS l(key, every), lateral (SELECT CASE key WHEN 'team' THEN 'billing' ELSE 'o-' || created_offset END) AS v(value)
   WHERE created_offset % every = 0`;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  for (const sql of [FILL, LABELS, 'ANALYZE']) await store.pool.query(sql);
});
afterAll(() => store?.close());

type Plan = {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
};

const below = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(below)];

/** What the server does for a page: rows that it looks at in tables and indices, and by which indices. */
async function workOf(query: string): Promise<{ readonly rows: number; readonly indices: readonly string[] }> {
  const parsed = new URLSearchParams(query);
  const call = {
    ...{ tenantId: 'T', workspaceId: 'W' },
    query: Object.fromEntries([...new Set(parsed.keys())].map((name) => [name, parsed.getAll(name)])),
  } as unknown as Call;
  const { select, order, values } = runList({ runRetentionMs: HOUR_MS }, call, workspaceFilter(call));
  const explain = `EXPLAIN (ANALYZE, FORMAT JSON) ${select} ORDER BY ${order} LIMIT ${PAGE + 1}`;
  const { rows } = await withTenant(store.pool, call, (client) =>
    client.query<{ readonly 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(explain, [...values]),
  );
  const nodes = below((rows[0] as (typeof rows)[number])['QUERY PLAN'][0].Plan);
  const scans = nodes.filter((node) => node['Node Type'].endsWith('Scan') && node.Plans === undefined);
  return {
    rows: scans.reduce(
      (sum, node) => sum + node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)),
      0,
    ),
    indices: scans.map((node) => node['Index Name'] ?? node['Node Type']),
  };
}

describe('a page of 20,000 runs', () => {
  it.each([
    ['', 'executions_of_workspace', 2],
    ['flowId=f3', 'executions_newest', 2],
    ['status=Failed', 'executions_by_end', 2],
    ['status=Running', 'executions_open', 2],
    ['status=Canceled', 'executions_by_end', 2],
    ['failedNode=pay', 'executions_failed_at', 2],
    ['failedNode=nowhere', 'executions_failed_at', 2],
    ['label=order:o-777', 'execution_labels_newest', 2],
    ['label=order:none', 'execution_labels_newest', 2],
    [`from=${new Date(Date.now() - 60_000).toISOString()}`, 'executions_of_workspace', 2],
    [`to=${new Date(Date.now() - 15_000_000).toISOString()}`, 'executions_of_workspace', 2],
  ])('%s is read by %s, and hardly more than is shown', async (query, index, pages) => {
    const { rows, indices } = await workOf(query);
    expect(indices).toContain(index);
    expect(rows).toBeLessThanOrEqual(pages * (PAGE + 1));
  });

  it.each(['version=2', 'triggerType=webhook', 'text=ledger', 'text=nowhere', 'label=team:billing'])(
    '%s looks at each run of the workspace once at the most',
    async (query) => {
      const { rows } = await workOf(query);
      // Or once each run there is, where the server thinks that quicker.
      expect(rows).toBeLessThanOrEqual(3 * RUNS);
    },
  );
});
