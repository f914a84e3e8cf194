import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../../test/tasks/data-database.js';
import { openHoldingProxy, type HoldingProxy } from '../../../test/tasks/holding-proxy.js';
import { makeDbQuery } from './db-query.js';
import { openTableDatabase, type TableDatabase } from './postgres/table-database.js';

const SCHEMA = `
  ${scopedTable('orders', 'id int PRIMARY KEY, note text')}
  ${scopedTable('inner_table', 'id int PRIMARY KEY')}
  CREATE VIEW by_caller WITH (security_invoker = true) AS SELECT * FROM inner_table;
  GRANT SELECT ON by_caller TO flows_service;
  INSERT INTO orders SELECT t, 'w1', i, 'n' FROM (VALUES ('t1', 1), ('t2', 2)) AS v(t, i);
  INSERT INTO inner_table SELECT t, 'w1', i FROM (VALUES ('t1', 1), ('t2', 2)) AS v(t, i);`;

let database: DataDatabase;
let proxy: HoldingProxy;
/** What the worker has sent to the database since the beginning of the test. */
let sent: Buffer[] = [];
let tables: TableDatabase;
beforeAll(async () => {
  database = await openDataDatabase(SCHEMA);
  const url = new URL(database.url);
  proxy = await openHoldingProxy(Number(url.port), (data) => sent.push(data));
  url.port = String(proxy.port);
  tables = openTableDatabase({
    ...{ server: url.toString(), isOperators: true, sharedTables: [], maxConnections: 1 },
    ...{ statementTimeoutMs: 60_000, maxOutputBytes: 100_000, logger: { warn: () => undefined } },
  });
});
afterAll(async () => {
  await tables?.close();
  proxy?.close();
  await database?.close();
});
beforeEach(() => {
  sent = [];
});

const list = (tableName: string): Promise<JsonObject[]> =>
  makeDbQuery(tables.query)(
    { engine: 'postgres', operation: 'list', tableName, filter: { id: { gte: 0 } } },
    attemptOf(signedTenant('t1', 'w1')),
  ).then(({ result }) => (result as JsonObject)['items'] as JsonObject[]);

/** How often a text of bytes was sent. */
const times = (bytes: string): number => Buffer.concat(sent).toString('latin1').split(bytes).length - 1;
/** Of the protocol: each is answered by itself, one round trip later. */
const SYNC = 'S\0\0\0\u0004';
/** Runs of a prepared statement: portal without a name, then its name. */
const runsOf = (statement: string): number => times(`\0${statement}\0`);

describe('what the catalogue says of a table', () => {
  it('is looked up once, and then only checked, in the first of three round trips', async () => {
    await list('orders');
    expect(runsOf('relation')).toBe(1);
    await list('orders'); // prepares the check on this connection
    sent = [];
    for (let call = 0; call < 5; call += 1) expect(await list('orders')).toHaveLength(1);
    expect(runsOf('relation')).toBe(0);
    expect(runsOf('relation-stamp')).toBe(5);
    expect(times(SYNC)).toBe(15);
  });

  it.each<[string, string, string, string]>([
    [
      'row policies that are switched off',
      'orders',
      'ALTER TABLE orders DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
    ],
    [
      'an owner whom policies do not bind',
      'orders',
      'ALTER TABLE orders OWNER TO flows_service',
      'ALTER TABLE orders OWNER TO CURRENT_USER; GRANT SELECT ON orders TO flows_service',
    ],
    [
      'policies of a table behind a view',
      'by_caller',
      'ALTER TABLE inner_table DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE inner_table ENABLE ROW LEVEL SECURITY',
    ],
    [
      'a view that gets the rights of its owner',
      'by_caller',
      'ALTER VIEW by_caller SET (security_invoker = false)',
      'ALTER VIEW by_caller SET (security_invoker = true)',
    ],
    [
      'a view that begins to read another table',
      'by_caller',
      'CREATE TABLE fresh (id int); CREATE OR REPLACE VIEW by_caller WITH (security_invoker = true) AS SELECT * FROM inner_table WHERE NOT EXISTS (SELECT FROM fresh)',
      'CREATE OR REPLACE VIEW by_caller WITH (security_invoker = true) AS SELECT * FROM inner_table; DROP TABLE fresh',
    ],
  ])('is not used when it has changed: %s', async (_what, tableName, change, back) => {
    expect(await list(tableName)).toHaveLength(1);
    await database.admin.query(change);
    expect(await taskErrorOf(list(tableName))).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(await taskErrorOf(list(tableName))).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    await database.admin.query(back);
    expect(await list(tableName)).toHaveLength(1);
  });

  it('is not used for a role that policies no longer bind', async () => {
    expect(await list('orders')).toHaveLength(1);
    const role = `owner_${Date.now()}`;
    // All databases of the server share their roles: not the service role itself is changed, but whose table it is.
    await database.admin.query(
      `CREATE ROLE ${role}; ALTER TABLE orders OWNER TO ${role}; GRANT ${role} TO flows_service`,
    );
    try {
      expect(await taskErrorOf(list('orders'))).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    } finally {
      await database.admin.query(
        `ALTER TABLE orders OWNER TO CURRENT_USER; GRANT SELECT ON orders TO flows_service; DROP ROLE ${role}`,
      );
    }
    expect(await list('orders')).toHaveLength(1);
  });

  it.each<[string, string, string, JsonObject]>([
    ['a new column', 'ALTER TABLE orders ADD COLUMN extra int DEFAULT 7', 'DROP COLUMN extra', { extra: 7 }],
    [
      'a column with another name',
      'ALTER TABLE orders RENAME COLUMN note TO words',
      'RENAME COLUMN words TO note',
      { words: 'n' },
    ],
    [
      'a column of another type',
      'ALTER TABLE orders ALTER COLUMN note TYPE jsonb USING to_jsonb(note)',
      "ALTER COLUMN note TYPE text USING note #>> '{}'",
      { note: 'n' },
    ],
  ])('is not used when it has changed: %s', async (_what, change, back, expected) => {
    await list('orders');
    await database.admin.query(change);
    expect(await list('orders')).toEqual([expect.objectContaining(expected)]);
    await database.admin.query(`ALTER TABLE orders ${back}`);
    expect(await list('orders')).toEqual([{ tenant_id: 't1', workspace_id: 'w1', id: 1, note: 'n' }]);
  });

  it('is not used for another table that has taken its name', async () => {
    await list('orders');
    await database.admin.query(
      'ALTER TABLE orders RENAME TO old; CREATE TABLE orders (secret text); GRANT SELECT ON orders TO flows_service',
    );
    expect(await taskErrorOf(list('orders'))).toMatchObject({ code: 'FORBIDDEN' });
    await database.admin.query('DROP TABLE orders');
    expect(await taskErrorOf(list('orders'))).toMatchObject({ code: 'SCHEMA_ERROR' });
    await database.admin.query('ALTER TABLE old RENAME TO orders');
    expect(await list('orders')).toHaveLength(1);
  });
});
