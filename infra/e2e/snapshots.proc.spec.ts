import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, send } from './driver/api-client.js';
import { MIX_ENV, MIX_LIMITS, prepareTenants, startMix } from './driver/command-mix.js';
import { checkLog } from './driver/log-check.js';
import { readLog } from './driver/log-reader.js';
import { withDatabase } from './driver/log-totals.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

let services: IsolatedServices;

beforeAll(async () => {
  services = await startServices({
    env: { ...MIX_ENV, FLOWS_SNAPSHOT_INTERVAL: '500ms' },
    only: ['command-service', 'projection-service'],
  });
});

afterAll(async () => {
  await services?.close();
});

const inState = <T>(work: Parameters<typeof withDatabase<T>>[1]) =>
  withDatabase<T>(services.env['FLOWS_STATE_DB_URL'], work);

type Snapshots = { readonly behind: number; readonly tenants: Readonly<Record<string, unknown>> };

/** What the snapshots hold of each tenant, and how many partitions of the log they are behind. */
async function snapshots(): Promise<Snapshots> {
  const log = await readLog(services.env);
  const ends = new Map<number, number>();
  for (const { partition, offset } of log.events) ends.set(partition, offset + 1);
  return inState(async (pool) => {
    const partitions = await pool.query<{ partition: number; position_offset: string }>(
      'SELECT partition, position_offset FROM command.snapshot_partitions',
    );
    const reached = new Map(partitions.rows.map((row) => [row.partition, Number(row.position_offset)]));
    const tenants = await pool.query<{ tenant_id: string; state: string }>(
      'SELECT tenant_id, state FROM command.snapshot_tenants ORDER BY tenant_id',
    );
    return {
      behind: [...ends].filter(([partition, end]) => (reached.get(partition) ?? 0) < end).length,
      tenants: Object.fromEntries(tenants.rows.map((row) => [row.tenant_id, JSON.parse(row.state)])),
    };
  });
}

async function currentSnapshots(): Promise<Snapshots> {
  await waitUntil('snapshots at the end of the log', async () => (await snapshots()).behind === 0, {
    timeoutMs: 30_000,
    everyMs: 250,
  });
  return snapshots();
}

async function deleteSnapshots(): Promise<number> {
  return inState(async (pool) => {
    const deleted = await pool.query('DELETE FROM command.snapshot_tenants');
    await pool.query('DELETE FROM command.snapshot_partitions');
    return deleted.rowCount ?? 0;
  });
}

it('deleting all snapshots changes nothing: the same state, the same answers, the same limits', async () => {
  const url = services.urls['command-service'];
  const tenants = await prepareTenants(url, ['sa', 'sb', 'sc']);
  await startMix([url], { tenants, count: 900, concurrency: 100 }).done;
  const repeat = { method: 'POST', path: '/flows', key: 'made before the snapshots went' };
  const client = makeApiClient(url, tenants[0] as (typeof tenants)[number]);
  const answerOf = () =>
    send<{ code?: string }>(client.urlOf('/flows/f0/versions'), 'POST', {
      headers: { ...client.headers, 'idempotency-key': repeat.key },
    });
  for (let n = 0; n < MIX_LIMITS.maxFlowVersions; n += 1) await client.call('POST', '/flows/f0/versions');
  const refusedBefore = await answerOf();
  const before = await currentSnapshots();
  expect(Object.keys(before.tenants)).toEqual(['sa', 'sb', 'sc']);

  await services.stop('command-service');
  expect(await deleteSnapshots()).toBe(3);
  await services.start('command-service');

  expect((await currentSnapshots()).tenants).toEqual(before.tenants);
  const refusedAfter = await answerOf();
  expect([refusedBefore.status, refusedBefore.body.code]).toEqual([429, 'QUOTA_EXCEEDED']);
  expect([refusedAfter.status, refusedAfter.body]).toEqual([refusedBefore.status, refusedBefore.body]);

  await startMix([url], { tenants, count: 300, concurrency: 100 }).done;
  const log = await settledLog(services.env);
  expect(checkLog(log, MIX_LIMITS)).toEqual([]);
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
});

it('a snapshot is used when there is one: what it says is not read from the log again', async () => {
  const url = services.urls['command-service'];
  const [caller] = await prepareTenants(url, ['planted']);
  const client = makeApiClient(url, caller as NonNullable<typeof caller>);
  await currentSnapshots();
  await services.stop('command-service');
  // A planted lie: without f0 in the snapshot, a decider that starts from it knows no f0.
  const lied = await inState((pool) =>
    pool.query(
      "UPDATE command.snapshot_tenants SET state = replace(state, 'f0\"', 'gone\"') WHERE tenant_id = 'planted'",
    ),
  );
  expect(lied.rowCount).toBe(1);
  await services.start('command-service');
  const patch = () => client.call('PATCH', '/flows/f0', { body: { name: 'known' } });
  expect((await patch()).status).toBe(404);
  await services.stop('command-service');
  await deleteSnapshots();
  await services.start('command-service');
  expect((await patch()).status).toBe(200);
});
