import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@flowplane/plumbing/postgres';
import { openTestStore, type TestStore } from '../test/test-store.js';
import { readModelMigrations } from './read-model.js';

/** Any other than that of the store's tables. */
const SCHEMA = 'upgraded';
/** The last migration of release 0.3. */
const OLDER = '0021';

let store: TestStore;
let older: string;
beforeAll(async () => {
  store = await openTestStore();
  older = await mkdtemp(join(tmpdir(), 'migrations-'));
  const { directory } = readModelMigrations(SCHEMA);
  const isOlder = (name: string): boolean => name.endsWith('.sql') && name.slice(0, 4) <= OLDER;
  for (const name of (await readdir(directory)).filter(isOlder)) await cp(join(directory, name), join(older, name));
  await migrate(store.pool, { schema: SCHEMA, directory: older });
});
afterAll(async () => {
  await store?.close();
  await rm(older, { recursive: true });
});

/** As release 0.3 writes runs and nodes. */
async function addRun(id: string, status: string, closedAt: string | null): Promise<void> {
  await store.pool.query(
    `INSERT INTO ${SCHEMA}.executions (execution_id, tenant_id, workspace_id, flow_id, version, status, trigger_type, input,
       created_at, created_offset, closed_at) VALUES ($1, 't', 'w', 'f', 1, $2, 'manual', '{}', now(), 1, $3)`,
    [id, status, closedAt],
  );
}

async function addNode(runId: string, nodeId: string, status: string, timeMs: number): Promise<void> {
  await store.pool.query(
    `INSERT INTO ${SCHEMA}.nodes (execution_id, node_id, iteration, tenant_id, workspace_id, rank, status, reused, attempts,
       first_offset, time_ms) VALUES ($1, $2, 0, 't', 'w', 1, $3, false, '[]', 1, $4)`,
    [runId, nodeId, status, timeMs],
  );
}

const runs = async () =>
  (
    await store.pool.query<{ execution_id: string; closed_status: string | null }>(
      `SELECT execution_id, closed_status FROM ${SCHEMA}.executions ORDER BY execution_id`,
    )
  ).rows.map((row) => [row.execution_id, row.closed_status]);
const waiting = async () =>
  (
    await store.pool.query<{ node_id: string; since: number }>(
      `SELECT node_id, waiting_since::int AS since FROM ${SCHEMA}.nodes WHERE waiting_since IS NOT NULL ORDER BY node_id`,
    )
  ).rows.map((row) => [row.node_id, row.since]);

describe('rows of release 0.3', () => {
  it('are found by status and as approvals after the upgrade', async () => {
    await addRun('closed', 'Failed', '2026-01-01T00:00:00Z');
    await addRun('open', 'Running', null);
    await addNode('open', 'approve', 'waiting-approval', 7);
    await addNode('open', 'call', 'running', 8);
    await migrate(store.pool, readModelMigrations(SCHEMA));
    expect(await runs()).toEqual([
      ['closed', 'Failed'],
      ['open', null],
    ]);
    expect(await waiting()).toEqual([['approve', 7]]);
  });

  it('are found as well when that release writes them beside this one', async () => {
    await addRun('later', 'Requested', null);
    await store.pool.query(`UPDATE ${SCHEMA}.executions SET status = 'Running' WHERE execution_id = 'later'`);
    await addNode('later', 'decide', 'waiting-approval', 9);
    await addNode('later', 'next', 'scheduled', 9);
    await store.pool.query(
      `UPDATE ${SCHEMA}.nodes SET status = CASE node_id WHEN 'decide' THEN 'completed' ELSE 'waiting-approval' END,
         time_ms = 10 WHERE execution_id = 'later'`,
    );
    await store.pool.query(
      `UPDATE ${SCHEMA}.executions SET status = 'Completed', closed_at = now() WHERE execution_id = 'open'`,
    );
    expect(await runs()).toEqual([
      ['closed', 'Failed'],
      ['later', null],
      ['open', 'Completed'],
    ]);
    expect(await waiting()).toEqual([
      ['approve', 7],
      ['next', 10],
    ]);
  });
});

describe('the tables, changed while somebody reads them', () => {
  it.each([
    ['paused once more', `paused = true, note = 'Paused via Flows API'`, null],
    ['resumed', 'paused = false', null],
    ['ended', `cron = '[]', paused = false, note = NULL`, null],
    ['fired', `recent = '[{}]'`, 'alice'],
  ])('of schedules that are %s there say who changed them only where it is still so', async (_, change, changed) => {
    await store.pool.query(`DELETE FROM ${SCHEMA}.schedules`);
    await store.pool.query(
      `INSERT INTO ${SCHEMA}.schedules (tenant_id, workspace_id, flow_id, cron, paused, note, recent, changed)
       VALUES ('t', 'w', 'f', '["* * * * *"]', true, 'holiday', '[]', 'alice')`,
    );
    await store.pool.query(`UPDATE ${SCHEMA}.schedules SET ${change}`);
    const { rows } = await store.pool.query<{ changed: string | null }>(`SELECT changed FROM ${SCHEMA}.schedules`);
    expect(rows).toEqual([{ changed }]);
  });

  it('are not rewritten', async () => {
    const { directory } = readModelMigrations('kept');
    await migrate(store.pool, { schema: 'kept', directory: older });
    const files = async () =>
      (
        await store.pool.query(
          `SELECT pg_relation_filenode('kept.executions') AS runs, pg_relation_filenode('kept.nodes') AS nodes`,
        )
      ).rows;
    const before = await files();
    await migrate(store.pool, { schema: 'kept', directory });
    expect(await files()).toEqual(before);
  });
});
