import { inTransaction, runTogether, withTenant } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_LATER_MEMBERS, registration, scheduleIdOf, type Event, type Frame } from '@flowplane/contracts';
import { foldControl } from '../domain/control-batch.js';
import { foldRuns } from '../domain/runs-batch.js';
import {
  commandRejected,
  connectionPut,
  llmModelsSet,
  eventTrigger,
  executionRequested,
  flowCreated,
  hooked,
  makeEvents,
  versionPublished,
  tenantQuotasSet,
} from '../../test/sample-events.js';
import { NOTHING_KNOWN } from '../../test/fold-events.js';
import { templateEvents } from '../../test/template-events.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { runsWrites } from './runs-tables.js';
import { controlWrites } from './write-control.js';

/** Of the tenant as a whole: every workspace of it reads it. */
const TENANT_WIDE = 'tenant_quotas';
/** Read in a workspace that no caller can name. */
const TEMPLATES = 'templates';
/** Tables that hold something of a tenant. */
const TENANT_TABLES = [
  ...['flows', 'flow_versions', 'executions', 'execution_labels', 'commands', 'audit', 'frames', 'nodes'],
  ...['sub_flow_nodes', 'approval_nodes'],
  ...['webhook_triggers', 'webhook_deliveries', 'event_triggers', 'schedules', 'connections', 'llm_models'],
  ...[TENANT_WIDE, TEMPLATES],
];
/** Of the projections alone. */
const INTERNAL_TABLES = ['audit_denials', 'tenant_fences', 'purged_runs', 'schema_migrations'];
/** Positions, of no tenant: streams read them beside their frames. */
const PROGRESS = 'projection_progress';
const ROLES = ['flows_app', 'flows_service', 'flows_anon'] as const;
const mine = { tenantId: 'T', workspaceId: 'W' };
const scopeFor = (table: string) => (table === TEMPLATES ? { tenantId: 'T', workspaceId: '_tpl' } : mine);

const cronTrigger = registration(scheduleIdOf('T', 'W', 'F'), { kind: 'cron', schedule: '0 9 * * *' });

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore();
  const events = makeEvents(mine);
  const batch: readonly Event[] = [
    flowCreated(events, 'F'),
    versionPublished(events, 'F', 1, [], '{"nodes":[{"id":"a","type":"approval"}]}'),
    executionRequested(events, 'F', 'T:W:F:1', {}, { labels: '{"team":"billing"}' }),
    ...hooked(events, 'F', [eventTrigger('a', 'id', 0), cronTrigger]),
    commandRejected(events, 403, 'NOT_AN_APPROVER'),
    tenantQuotasSet(events, []),
    templateEvents(events, 't').created(),
    connectionPut(events, 'crm'),
    llmModelsSet(events, ['small']),
  ];
  const frame = {
    type: 'NodeFrame',
    data: {
      ...mine,
      executionId: 'T:W:F:1',
      flowId: 'F',
      nodeId: 'a',
      iteration: 1,
      status: 'scheduled',
      attemptNumber: 1,
      startedAt: null,
      completedAt: null,
      reused: false,
      input: null,
      output: null,
      error: null,
      emittedAt: 0,
      ...NO_LATER_MEMBERS,
    },
  } as const;
  const below: Frame = { ...frame, data: { ...frame.data, executionId: 'T:W:F:1-s', root: 'T:W:F:1' } };
  await inTransaction(store.pool, async (client) => {
    const logged = batch.map((message, offset) => ({ partition: 0, offset, message }));
    await runTogether(client, controlWrites(foldControl(logged, NOTHING_KNOWN)));
    const known = { nodes: new Map(), subFlowNodes: new Map(), ended: new Set<string>() };
    const frames = [frame, below].map((message, offset) => ({ message, offset, timestamp: 0 }));
    await runTogether(client, runsWrites(foldRuns(frames, known)));
    await client.query(
      `INSERT INTO projection_progress (projection, partition, next_offset, epoch, owner) VALUES ('control', 0, 1, 1, 'x')`,
    );
  });
});
afterAll(() => store.close());

const countAs = (scope: typeof mine, table: string, role: (typeof ROLES)[number] = 'flows_app'): Promise<number> =>
  withTenant(
    store.pool,
    scope,
    async (client) => (await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n ?? -1,
    role,
  );

describe('row policies', () => {
  it('cover every table there is', async () => {
    const { rows } = await store.pool.query<{ name: string; rls: boolean }>(
      `SELECT relname AS name, relrowsecurity AS rls FROM pg_class
        WHERE relnamespace = 'flows'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([...TENANT_TABLES, ...INTERNAL_TABLES, PROGRESS].toSorted());
    expect(rows.filter(({ rls }) => rls).map(({ name }) => name)).toEqual([...TENANT_TABLES, PROGRESS].toSorted());
  });

  it.each(TENANT_TABLES)('%s: the owner of the rows reads them', async (table) => {
    for (const role of ROLES) expect(await countAs(scopeFor(table), table, role)).toBeGreaterThan(0);
  });

  it.each(TENANT_TABLES)('%s: a foreign tenant or workspace reads nothing', async (table) => {
    for (const role of ROLES) {
      expect(await countAs({ ...scopeFor(table), tenantId: 'other' }, table, role)).toBe(0);
      const inOther = await countAs({ tenantId: 'T', workspaceId: 'other' }, table, role);
      expect(inOther).toBe(table === TENANT_WIDE ? 1 : 0);
      expect(await countAs({ tenantId: '', workspaceId: '' }, table, role)).toBe(0);
    }
  });

  it.each([...TENANT_TABLES, PROGRESS])(
    '%s: without settings nothing is read, also after an earlier tenant',
    async (table) => {
      await inTransaction(store.pool, async (client) => {
        await client.query('SET LOCAL ROLE flows_app');
        expect((await client.query(`SELECT 1 FROM ${table}`)).rowCount).toBe(0);
      });
    },
  );

  it.each(TENANT_TABLES)('%s: no role may write', async (table) => {
    const column = table === 'frames' ? 'data' : /^(sub_flow_)?nodes$/.test(table) ? 'status' : 'tenant_id';
    for (const statement of [`UPDATE ${table} SET ${column} = 'x'`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
      for (const role of ROLES) {
        const attempt = withTenant(store.pool, mine, (client) => client.query(statement), role);
        await expect(attempt).rejects.toThrow(/permission denied/);
      }
    }
  });

  it.each(INTERNAL_TABLES)('%s: no role reads it', async (table) => {
    for (const role of ROLES) await expect(countAs(mine, table, role)).rejects.toThrow(/permission denied/);
  });

  it('let a tenant count its own flows over all workspaces, and nobody else’s', async () => {
    const flowsOf = (tenantId: string) =>
      withTenant(
        store.pool,
        { tenantId, workspaceId: 'elsewhere' },
        async (client) => (await client.query<{ n: string }>('SELECT tenant_flow_count() AS n')).rows[0]?.n,
      );
    expect(await flowsOf('T')).toBe('1');
    expect(await flowsOf('other')).toBe('0');
  });
});
