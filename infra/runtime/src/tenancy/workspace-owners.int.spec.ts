import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import type { Event } from '@flowplane/contracts';
import { makeOwnerStore, makeWorkspaceOwners, migrateTenancy } from './index.js';
import { makeOwnersInLog } from './owners-in-log.js';

const MAX = 3;

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase();
  pool = database.pool;
  await migrateTenancy(pool);
});
beforeEach(async () => {
  await pool.query('TRUNCATE tenancy.workspace_owners, tenancy.owner_positions');
});
afterAll(() => database.end());

it('a workspace whose only command is refused is free again; an accepted one keeps it', async () => {
  const owners = makeWorkspaceOwners(pool);
  expect(await owners.reserve('w', 'a', MAX)).toEqual({ kind: 'reserved' });
  expect(await owners.ownerOf('w')).toBe('a');
  expect(await owners.reserve('w', 'b', MAX)).toEqual({ kind: 'owned', owner: 'a' });
  await owners.release('w', 'a');
  expect(await owners.ownerOf('w')).toBeUndefined();
  expect(await owners.reserve('w', 'b', MAX)).toEqual({ kind: 'reserved' });
  await owners.confirm('w', 'b');
  await owners.release('w', 'b');
  expect(await owners.reserve('w', 'b', MAX)).toEqual({ kind: 'owned', owner: 'b' });
});

it('a refusal does not take the workspace from another command that is under way', async () => {
  const [one, other] = [makeWorkspaceOwners(pool), makeWorkspaceOwners(pool)];
  await one.reserve('w', 'a', MAX);
  await other.reserve('w', 'a', MAX);
  await one.release('w', 'a');
  expect(await one.reserve('w', 'b', MAX)).toEqual({ kind: 'owned', owner: 'a' });
  await other.confirm('w', 'a');
  expect(await one.ownerOf('w')).toBe('a');
});

it('a tenant has at most so many, however many it asks for at once; a release makes room', async () => {
  const owners = makeWorkspaceOwners(pool);
  const claims = await Promise.all(Array.from({ length: 10 }, (_, at) => owners.reserve(`w${at}`, 'a', MAX)));
  expect(claims.filter(({ kind }) => kind === 'reserved')).toHaveLength(MAX);
  expect(claims.filter(({ kind }) => kind === 'full')).toHaveLength(10 - MAX);
  expect(await owners.reserve('elsewhere', 'b', MAX)).toEqual({ kind: 'reserved' });
  const taken = claims.findIndex(({ kind }) => kind === 'reserved');
  await owners.release(`w${taken}`, 'a');
  expect(await owners.reserve('one more', 'a', MAX)).toEqual({ kind: 'reserved' });
});

it('what was reserved and never heard of again can be found and given back, what was confirmed cannot', async () => {
  const owners = makeWorkspaceOwners(pool);
  await owners.reserve('lost', 'a', MAX);
  await owners.reserve('kept', 'a', MAX);
  await owners.confirm('kept', 'a');
  expect(await owners.abandoned(600_000)).toEqual([]);
  await pool.query("UPDATE tenancy.workspace_owners SET claimed_at = now() - interval '11 minutes'");
  expect(await owners.abandoned(600_000)).toEqual([{ workspaceId: 'lost', tenantId: 'a' }]);
  await owners.free({ workspaceId: 'lost', tenantId: 'a' }, 600_000);
  await owners.free({ workspaceId: 'kept', tenantId: 'a' }, 600_000);
  expect([await owners.ownerOf('lost'), await owners.ownerOf('kept')]).toEqual([undefined, 'a']);
});

it('an operator assigns for good, beyond any limit, and takes nothing away', async () => {
  let now = 0;
  const owners = makeWorkspaceOwners(pool, () => now);
  expect(await owners.assign('w', 'a')).toBe('a');
  expect(await owners.assign('w', 'b')).toBe('a');
  // As a teardown does it in another process.
  await pool.query('DELETE FROM tenancy.workspace_owners');
  expect(await owners.ownerOf('w')).toBe('a');
  now = 30_001;
  expect(await owners.assign('w', 'b')).toBe('b');
});

const READ = { topicId: 't', partitions: new Map([[3, { offset: 7, epoch: 2, owner: 'o' }]]) };
const event = (type: Event['type'], tenantId: string, workspaceId = ''): Event =>
  ({ type, meta: { tenantId, workspaceId } }) as Event;

it('owners that are fewer than with the last position were lost, in part or all of them', async () => {
  const [owners, store] = [makeWorkspaceOwners(pool), makeOwnerStore(pool)];
  expect(await store.load()).toBeUndefined();
  expect(await owners.reserve('first', 'a', MAX)).toEqual({ kind: 'reserved' });
  await owners.confirm('first', 'a');
  await owners.assign('second', 'b');
  await store.enter(makeOwnersInLog(), READ);
  expect(await store.load()).toEqual(READ);
  const further = { ...READ, partitions: new Map([[3, { offset: 9, epoch: 2, owner: 'o' }]]) };
  await store.advance(further);
  await store.advance(READ);
  expect(await store.load()).toEqual(further);
  await pool.query("DELETE FROM tenancy.workspace_owners WHERE workspace_id = 'second'");
  expect(await store.load()).toBeUndefined();
  await store.recount();
  expect(await store.load()).toEqual(further);
  expect(await owners.reserve('w', 'b', MAX)).toEqual({ kind: 'reserved' });
  await pool.query("DELETE FROM tenancy.workspace_owners WHERE workspace_id = 'first'");
  await store.advance({ ...READ, partitions: new Map([[3, { offset: 10, epoch: 2, owner: 'o' }]]) });
  expect(await owners.reserve('v', 'b', MAX)).toEqual({ kind: 'lost' });
  await store.enter(makeOwnersInLog(), READ);
  expect([await owners.reserve('v', 'b', MAX), await store.load()]).toEqual([{ kind: 'reserved' }, READ]);
});

it('what the log says is entered: over reservations, not over owners, and nothing of before a purge', async () => {
  const owners = makeWorkspaceOwners(pool);
  await owners.reserve('reserved', 'b', MAX);
  await owners.assign('owned', 'b');
  await owners.assign('purged', 'c');
  await owners.assign('taken since', 'd');
  const found = makeOwnersInLog();
  for (const workspaceId of ['reserved', 'owned', 'new']) found.take(event('FlowCreated', 'a', workspaceId), 1000);
  found.take(event('TenantPurged', 'c'), Date.now() + 60_000);
  found.take(event('TenantPurged', 'd'), 2000);
  await makeOwnerStore(pool).enter(found, READ);
  const { rows } = await pool.query(
    'SELECT workspace_id AS w, tenant_id AS t, confirmed_at IS NOT NULL AS c FROM tenancy.workspace_owners ORDER BY 1',
  );
  expect(rows).toEqual([
    { w: 'new', t: 'a', c: true },
    { w: 'owned', t: 'b', c: true },
    { w: 'reserved', t: 'a', c: true },
    { w: 'taken since', t: 'd', c: true },
  ]);
});
