import { randomUUID } from 'node:crypto';
import { ensureDatabase, makePool, type Pool } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countRows, nameOf, tenantTables } from './tenant-tables.js';

const server = new URL(process.env['FLOWS_DB_URL'] ?? '');
const name = `teardown_${randomUUID().slice(0, 8)}`;
let pool: Pool;
beforeAll(async () => {
  const url = new URL(server);
  url.pathname = `/${name}`;
  await ensureDatabase(url.toString());
  pool = makePool(url.toString(), { max: 2, applicationName: 'tenant-tables-spec' });
  await pool.query(`
    CREATE SCHEMA triggers; CREATE SCHEMA billing;
    CREATE TABLE triggers.marks (tenant_id text, n int);
    CREATE TABLE triggers.others (owner text);
    CREATE TABLE billing.invoices (tenant_id text, n int);
    CREATE TABLE public.customers (tenant_id text, n int);
    INSERT INTO triggers.marks VALUES ('T', 1), ('U', 1);
    INSERT INTO billing.invoices VALUES ('T', 1);`);
});
afterAll(async () => {
  await pool?.end();
  const admin = makePool(server.toString(), { max: 1, applicationName: 'tenant-tables-spec' });
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
});

it('tables that others keep in the same database are not ours to empty', async () => {
  const tables = await tenantTables({ readPool: pool, statePool: pool });
  expect(tables.map(nameOf)).toEqual(['triggers.marks']);
  const [marks] = tables;
  expect(marks === undefined ? 0 : await countRows(marks, 'T')).toBe(1);
});
