import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { EVENT_TOPIC_MIGRATIONS } from '@flowplane/runtime/event-topics';
import { makeSecretStore, openMasterKeys, SECRET_MIGRATIONS } from '@flowplane/runtime/secrets';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countRows, deleteRows, nameOf, tenantTables } from './tenant-tables.js';

let database: TrialDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTrialDatabase(2);
  pool = database.pool;
  await pool.query(`
    CREATE SCHEMA triggers; CREATE SCHEMA billing;
    CREATE TABLE triggers.marks (tenant_id text, n int);
    CREATE TABLE triggers.others (owner text);
    CREATE TABLE billing.invoices (tenant_id text, n int);
    CREATE TABLE public.customers (tenant_id text, n int);
    INSERT INTO triggers.marks VALUES ('T', 1), ('U', 1);
    INSERT INTO billing.invoices VALUES ('T', 1);`);
});
afterAll(() => database.end());

it('tables that others keep in the same database are not ours to empty', async () => {
  const tables = await tenantTables({ readPool: pool, statePool: pool });
  expect(tables.map(nameOf)).toEqual(['triggers.marks']);
  const [marks] = tables;
  expect(marks === undefined ? 0 : await countRows(marks, 'T')).toBe(1);
});

it('the registry of topics is emptied of a tenant, and keeps which names are taken', async () => {
  await migrate(pool, EVENT_TOPIC_MIGRATIONS);
  await pool.query(`
    INSERT INTO event_topics.registered (tenant_id, workspace_id, plain_name, topic, claimed_by)
    VALUES ('T', 'W', 'evt.W.a', 'evt.W.a', 'trigger'), ('U', 'V', 'evt.V.a', 'evt.V.a', 'task');
    INSERT INTO event_topics.names VALUES ('evt_W_a', 'evt.W.a', 'hash'), ('evt_V_a', 'evt.V.a', 'hash')`);
  const tables = await tenantTables({ readPool: pool, statePool: pool });
  const ofRegistry = tables.filter(({ schema }) => schema === 'event_topics');
  expect(ofRegistry.map(nameOf)).toEqual(['event_topics.registered']);
  for (const table of ofRegistry) await deleteRows(table, 'T');
  const left = await pool.query<{ topic: string }>('SELECT topic FROM event_topics.registered');
  expect(left.rows).toEqual([{ topic: 'evt.V.a' }]);
  const names = await pool.query<{ topic: string }>('SELECT topic FROM event_topics.names ORDER BY 1');
  expect(names.rows).toEqual([{ topic: 'evt.V.a' }, { topic: 'evt.W.a' }]);
});

it('secrets of a tenant go with the keys that they are encrypted with, and those of others stay', async () => {
  await migrate(pool, SECRET_MIGRATIONS);
  const logger = { warn: () => undefined };
  const masterKeys = openMasterKeys({ masterKeys: undefined, masterKeysFile: undefined, nodeEnv: 'test' }, logger);
  const store = makeSecretStore(pool, masterKeys);
  for (const tenantId of ['T', 'U']) await store.put({ tenantId, commandId: 'c', values: ['a password', 'another'] });
  const tables = await tenantTables({ readPool: pool, statePool: pool });
  const ofSecrets = tables.filter(({ schema }) => schema === 'secrets');
  expect(ofSecrets.map(nameOf)).toEqual(['secrets.data_keys', 'secrets.sealed']);
  for (const table of ofSecrets) await deleteRows(table, 'T');
  const left = await Promise.all(ofSecrets.flatMap((table) => [countRows(table, 'T'), countRows(table, 'U')]));
  expect(left).toEqual([0, 1, 0, 2]);
  expect((await store.get('U', ['c.0'])).get('c.0')).toBe('a password');
});
