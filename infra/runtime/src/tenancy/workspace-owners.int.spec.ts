import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ensureDatabase, makePool, type Pool } from '@flowplane/plumbing/postgres';
import { makeWorkspaceOwners, migrateTenancy } from './index.js';

const adminUrl = process.env['FLOWS_DB_URL'] ?? '';
const database = `tenancy_${randomUUID().slice(0, 8)}`;
const MAX = 3;

let pool: Pool;
beforeAll(async () => {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  await ensureDatabase(url.toString());
  pool = makePool(url.toString(), { max: 8, applicationName: 'trial' });
  await migrateTenancy(pool);
});
beforeEach(async () => {
  await pool.query('TRUNCATE tenancy.workspace_owners');
});
afterAll(async () => {
  await pool.end();
  const admin = makePool(adminUrl, { max: 1, applicationName: 'trial' });
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

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
