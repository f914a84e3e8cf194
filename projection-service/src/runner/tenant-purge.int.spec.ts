import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Event, Frame } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { Projections } from '../open-projections.js';
import { caughtUp, startProjections } from '../../test/running-projections.js';
import {
  commandRejected,
  executionClosed,
  executionRequested,
  flowCreated,
  makeEvents,
  versionPublished,
  type EventMaker,
} from '../../test/sample-events.js';
import { openTestLog, type TestLog } from '../../test/test-log.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';

let log: TestLog;
const stores: TestStore[] = [];
let running: Projections[] = [];

const openStore = async (): Promise<TestStore> => {
  const store = await openTestStore();
  stores.push(store);
  return store;
};

beforeAll(async () => {
  log = await openTestLog(1);
});
afterEach(async () => {
  await Promise.all(running.map((projections) => projections.close()));
  running = [];
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await log.close();
});

type Column = { readonly table: string; readonly column: string; readonly type: string };

/** Columns of the tables that have a tenant, whichever these are. */
async function tenantColumns(pool: Pool): Promise<readonly Column[]> {
  const { rows } = await pool.query<Column>(
    `SELECT c.table_name AS table, c.column_name AS column, c.data_type AS type
       FROM information_schema.columns c
       JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'flows' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
        AND EXISTS (SELECT 1 FROM information_schema.columns own WHERE own.table_schema = c.table_schema
                       AND own.table_name = c.table_name AND own.column_name = 'tenant_id')
      ORDER BY 1, c.ordinal_position`,
  );
  return rows;
}

/** A value that fits a column, other for each tenant. */
function valueFor({ column, type }: Column, tenantId: string): unknown {
  if (column === 'tenant_id') return tenantId;
  if (type.startsWith('timestamp')) return new Date(tenantId.length);
  if (['integer', 'bigint', 'smallint', 'numeric', 'double precision'].includes(type)) return tenantId.length;
  if (type === 'boolean') return false;
  if (type === 'bytea') return Buffer.from(tenantId);
  if (type.startsWith('json')) return JSON.stringify(tenantId);
  if (type === 'uuid') return `00000000-0000-4000-8000-${String(tenantId.length).padStart(12, '0')}`;
  if (type === 'ARRAY') return [];
  return `${tenantId}-${column}`;
}

async function addRowsOf(pool: Pool, columns: readonly Column[], tenantId: string): Promise<void> {
  for (const table of await parentsFirst(pool, new Set(columns.map((column) => column.table)))) {
    const own = columns.filter((column) => column.table === table);
    const names = own.map(({ column }) => `"${column}"`).join(', ');
    const places = own.map((_column, index) => `$${index + 1}`).join(', ');
    const values = own.map((column) => valueFor(column, tenantId));
    await pool.query(`INSERT INTO flows."${table}" (${names}) VALUES (${places})`, values);
  }
}

/** Tables that others refer to before those. No table is two references away from another one. */
async function parentsFirst(pool: Pool, tables: ReadonlySet<string>): Promise<readonly string[]> {
  const { rows } = await pool.query<{ table: string }>(
    `SELECT DISTINCT conrelid::regclass::text AS table FROM pg_constraint
      WHERE contype = 'f' AND connamespace = 'flows'::regnamespace`,
  );
  const referring = new Set(rows.map(({ table }) => table.replace(/^flows\./, '')));
  return [...tables].toSorted((a, b) => Number(referring.has(a)) - Number(referring.has(b)));
}

async function tenantsIn(pool: Pool, tables: Iterable<string>): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {};
  for (const table of tables) {
    const { rows } = await pool.query<{ tenant_id: string }>(`SELECT tenant_id FROM flows."${table}" ORDER BY 1`);
    found[table] = rows.map(({ tenant_id }) => tenant_id);
  }
  return found;
}

/** What tables hold, without when a row was written. */
async function dump(pool: Pool, tables: Iterable<string>): Promise<unknown> {
  const rows: Record<string, unknown> = {};
  for (const table of tables)
    rows[table] = (await pool.query(`SELECT * FROM flows."${table}" t ORDER BY t::text`)).rows;
  return rows;
}

const purgeOf = (events: EventMaker, fenceId: string): readonly Event[] => [
  events.next('TenantFenced', 'FenceTenant', { openRuns: 0 }, { commandId: fenceId, workspaceId: '' }),
  events.next(
    'TenantDrained',
    'RecordTenantDrained',
    { fenceId, executions: 0, schedules: 0, histories: 0, failures: [] },
    { workspaceId: '' },
  ),
  events.next('TenantPurged', 'RecordTenantPurged', { fenceId, destroyedResources: '{}' }, { workspaceId: '' }),
];

const closedFrame = (tenantId: string, executionId: string): Frame => ({
  type: 'RunClosed',
  data: { executionId, tenantId, workspaceId: 'W', flowId: 'F', status: 'Completed', closedAt: 1 },
});

/** A tenant's life up to its purge. */
const lifeOf = (events: EventMaker, tenantId: string): readonly Event[] => [
  flowCreated(events, 'F'),
  versionPublished(events, 'F', 1),
  executionRequested(events, 'F', `${tenantId}:W:F:1`),
  commandRejected(events, 403, 'NOT_AN_APPROVER'),
  executionClosed(events, 'F', `${tenantId}:W:F:1`),
];

describe('the purge of a tenant', () => {
  it('empties every table that has tenant_id, and touches nobody else', async () => {
    const store = await openStore();
    const columns = await tenantColumns(store.pool);
    const tables = [...new Set(columns.map(({ table }) => table))];
    expect(tables).toEqual(expect.arrayContaining(['flows', 'executions', 'audit_denials', 'frames', 'tenant_fences']));
    await addRowsOf(store.pool, columns, 'gone');
    await addRowsOf(store.pool, columns, 'stays-here');
    await store.pool.query(`SELECT purge_tenant('gone', '{}', 1000000000000000)`);
    expect(await tenantsIn(store.pool, tables)).toEqual(Object.fromEntries(tables.map((one) => [one, ['stays-here']])));
  });

  it('removes rows with its event, keeps late frames out, and the tenant begins anew', async () => {
    const store = await openStore();
    running.push(startProjections(log, store, { groupPrefix: `${log.prefix}first` }));
    const tables = [...new Set((await tenantColumns(store.pool)).map(({ table }) => table)), 'purged_runs'];
    const owner = await log.takeOver(0, 1);
    const gone = makeEvents({ tenantId: 'gone', workspaceId: 'W' });
    const other = makeEvents({ tenantId: 'other', workspaceId: 'W' });
    await owner.append([...lifeOf(gone, 'gone'), ...lifeOf(other, 'other')]);
    await log.appendFrames([closedFrame('gone', 'gone:W:F:1'), closedFrame('other', 'other:W:F:1')]);
    await Promise.all([caughtUp(log, store, 'control'), caughtUp(log, store, 'runs')]);
    const [fenced, drained, purged] = purgeOf(gone, 'fence') as readonly [Event, Event, Event];
    await owner.append([fenced, drained]);
    await caughtUp(log, store, 'control');
    const fences = await store.pool.query<{ fence_id: string; drain: string }>('SELECT * FROM tenant_fences');
    expect(fences.rows.map(({ fence_id, drain }) => [fence_id, JSON.parse(drain)])).toEqual([
      ['fence', { fenceId: 'fence', executions: 0, schedules: 0, histories: 0, failures: [] }],
    ]);

    await owner.append([purged]);
    await caughtUp(log, store, 'control');
    await log.appendFrames([closedFrame('gone', 'gone:W:F:1')]);
    await caughtUp(log, store, 'runs');
    const left = Object.values(
      await tenantsIn(
        store.pool,
        tables.filter((table) => table !== 'purged_runs'),
      ),
    ).flat();
    expect(new Set(left)).toEqual(new Set(['other']));

    await owner.append([flowCreated(gone, 'F'), executionRequested(gone, 'F', 'gone:W:F:2')]);
    await log.appendFrames([closedFrame('gone', 'gone:W:F:2')]);
    await Promise.all([caughtUp(log, store, 'control'), caughtUp(log, store, 'runs')]);
    const anew = await tenantsIn(store.pool, ['flows', 'executions', 'frames']);
    expect(anew).toEqual({ flows: ['gone', 'other'], executions: ['gone', 'other'], frames: ['gone', 'other'] });

    // From the beginning, all in one batch or a few.
    const rebuilt = await openStore();
    running.push(startProjections(log, rebuilt, { groupPrefix: `${log.prefix}second` }));
    await Promise.all([caughtUp(log, rebuilt, 'control'), caughtUp(log, rebuilt, 'runs')]);
    expect(await dump(rebuilt.pool, tables)).toEqual(await dump(store.pool, tables));
  });
});
