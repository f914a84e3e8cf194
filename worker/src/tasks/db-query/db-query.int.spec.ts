import type { JsonObject } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import type { Pool } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../../test/tasks/data-database.js';
import { makeDbQuery } from './db-query.js';
import { openTableDatabase } from './postgres/table-database.js';

const SCHEMA = `
  ${scopedTable('orders', 'id int, region text, total numeric, note text, PRIMARY KEY (tenant_id, workspace_id, id)')}
  ${scopedTable('unkeyed', 'n int')}
  CREATE TABLE secrets (id int PRIMARY KEY, secret text);
  CREATE TABLE unbound (tenant_id text, id int PRIMARY KEY);
  ALTER TABLE unbound ENABLE ROW LEVEL SECURITY;
  ALTER TABLE unbound OWNER TO flows_service;
  CREATE SCHEMA other;
  CREATE TABLE other.things (id serial PRIMARY KEY, name text UNIQUE CHECK (name <> 'bad'), parent int REFERENCES other.things);
  GRANT USAGE ON SCHEMA other TO flows_service;
  GRANT ALL ON other.things, other.things_id_seq TO flows_service;
  CREATE TABLE open_to_all (tenant_id text, id int PRIMARY KEY);
  CREATE TABLE countries (id int PRIMARY KEY);
  CREATE TABLE no_policy (tenant_id text, id int PRIMARY KEY);
  ALTER TABLE no_policy ENABLE ROW LEVEL SECURITY;
  ${scopedTable('parted', 'id int) PARTITION BY LIST (id')}
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
  CREATE VIEW by_owner AS SELECT * FROM orders;
  CREATE VIEW by_caller WITH (security_invoker = true) AS SELECT * FROM orders;
  CREATE VIEW not_by_caller WITH (security_invoker = false) AS SELECT * FROM orders;
  CREATE VIEW over_by_owner WITH (security_invoker = on) AS SELECT * FROM by_owner;
  CREATE VIEW over_by_caller WITH (security_invoker = on) AS SELECT * FROM by_caller;
  CREATE VIEW with_open WITH (security_invoker = true) AS SELECT o.* FROM orders o, open_to_all;
  CREATE VIEW with_shared WITH (security_invoker = true) AS
    SELECT o.* FROM orders o WHERE NOT EXISTS (SELECT FROM countries WHERE id = -1);
  CREATE VIEW shared_view AS SELECT 1 AS id FROM open_to_all;
  CREATE MATERIALIZED VIEW kept AS SELECT * FROM orders;
  GRANT SELECT ON open_to_all, countries, no_policy, parted_1, by_owner, by_caller, not_by_caller, over_by_owner,
    over_by_caller, with_open, with_shared, shared_view, kept TO flows_service;`;

const mine = signedTenant('t1', 'w1');
const theirs = signedTenant('t2', 'w1');
const elsewhere = signedTenant('t1', 'w2');

let database: DataDatabase;
beforeAll(async () => {
  database = await openDataDatabase(SCHEMA, ['other.things', 'public.countries', 'public.shared_view']);
  for (const tenant of [mine, theirs, elsewhere]) {
    for (const id of [1, 2, 3, 4, 5]) {
      const values = { id, region: id % 2 === 0 ? 'eu' : 'us', total: id * 10.5, note: id === 3 ? null : `n${id}` };
      await query({ operation: 'insert', tableName: 'orders', values }, tenant);
    }
  }
});
afterAll(() => database.close());

const query = (input: JsonObject, tenant = mine): Promise<JsonObject> =>
  makeDbQuery(database.tables.query)({ engine: 'postgres', ...input }, attemptOf(tenant)).then(
    ({ result }) => result as JsonObject,
  );
const orders = (operation: string, more: JsonObject = {}, tenant = mine): Promise<JsonObject> =>
  query({ operation, tableName: 'orders', ...more }, tenant);
const failure = (input: JsonObject, tenant = mine) => taskErrorOf(query({ tableName: 'orders', ...input }, tenant));
const ids = async (more: JsonObject): Promise<unknown[]> => {
  const { items } = await orders('list', { sort: [{ field: 'id' }], ...more });
  return (items as JsonObject[]).map((item) => item['id']);
};

describe('operations', () => {
  it('lists, with filters, sort, projection and size', async () => {
    expect(await orders('list', { filter: { region: 'eu' }, projection: ['id', 'total'] })).toEqual({
      items: [
        { id: 2, total: 21 },
        { id: 4, total: 42 },
      ],
      page: { size: 100, next: null },
    });
    expect(await ids({ filter: { total: { gt: 21, lte: 52.5 } } })).toEqual([3, 4, 5]);
    expect(await ids({ filter: { id: { gte: 2, lt: 4, ne: 3 } } })).toEqual([2]);
    expect(await ids({ filter: { id: { in: [1, 5, 9] }, region: { eq: 'us' } } })).toEqual([1, 5]);
    expect(await ids({ filter: { id: { in: [] } } })).toEqual([]);
    expect(await ids({ filter: { note: { like: 'n_' } } })).toEqual([1, 2, 4, 5]);
    expect(await ids({ filter: { note: null } })).toEqual([3]);
    expect(await ids({ filter: { note: { ne: null } } })).toEqual([1, 2, 4, 5]);
    expect(await ids({ filter: { note: { ne: 'n1' } } })).toEqual([2, 3, 4, 5]);
    expect(await ids({ filter: { note: { in: ['n1', null] } } })).toEqual([1, 3]);
    expect(await ids({ sort: [{ field: 'region', direction: 'desc' }, { field: 'id' }] })).toEqual([1, 3, 5, 2, 4]);
  });

  it.each([
    ['id', 'asc', [1, 2, 3, 4, 5]],
    ['id', 'desc', [5, 4, 3, 2, 1]],
    ['note', 'asc', [1, 2, 4, 5, 3]],
    ['note', 'desc', [3, 5, 4, 2, 1]],
    ['region', 'asc', [2, 4, 1, 3, 5]],
  ])('pages by %s %s, each row once', async (field, direction, expected) => {
    const seen: unknown[] = [];
    let next: string | null = null;
    do {
      const page: JsonObject = next === null ? { size: 2 } : { size: 2, next };
      const result = await orders('list', { sort: [{ field, direction }], page });
      seen.push(...(result['items'] as JsonObject[]).map((item) => item['id']));
      next = (result['page'] as { next: string | null }).next;
      expect(result['page']).toMatchObject({ size: 2 });
    } while (next !== null);
    expect(seen).toEqual(expected);
  });

  it('pages on where it was when rows come and go, and by count where there is no key', async () => {
    const first = await orders('list', { sort: [{ field: 'id' }], page: { size: 2 } });
    await orders('insert', { values: { id: 0, region: 'x' } });
    const { next } = first['page'] as { next: string };
    expect(await ids({ page: { size: 2, next } })).toEqual([3, 4]);
    expect(await orders('delete', { rowId: 0 })).toEqual({ count: 1 });
    for (const n of [1, 2, 3]) await query({ operation: 'insert', tableName: 'unkeyed', values: { n } });
    const unkeyed = { operation: 'list', tableName: 'unkeyed', sort: [{ field: 'n' }], projection: ['n'] };
    const head = await query({ ...unkeyed, page: { size: 2 } });
    const tail = await query({ ...unkeyed, page: { size: 2, next: (head['page'] as { next: string }).next } });
    expect(tail).toEqual({ items: [{ n: 3 }], page: { size: 2, next: null } });
  });

  it('gets, inserts, updates and deletes rows', async () => {
    expect(await orders('get', { rowId: 2, projection: ['region'] })).toEqual({ item: { region: 'eu' } });
    expect(await orders('get', { rowId: '2', projection: ['region'] })).toEqual({ item: { region: 'eu' } });
    expect(await orders('get', { documentId: 99 })).toEqual({ item: null });
    expect(await orders('get', { filter: { region: 'us' }, sort: [{ field: 'id', direction: 'desc' }] })).toMatchObject(
      {
        item: { id: 5 },
      },
    );
    const inserted = await orders('insert', { values: { id: 10, total: '12.50' } });
    expect(inserted).toEqual({
      item: { tenant_id: 't1', workspace_id: 'w1', id: 10, region: null, total: 12.5, note: null },
    });
    expect(await orders('update', { rowId: 10, values: { note: 'x', region: null } })).toEqual({ count: 1 });
    expect(await orders('update', { filter: { id: 10, note: 'other' }, values: { note: 'y' } })).toEqual({ count: 0 });
    expect(await orders('get', { rowId: 10, projection: ['note'] })).toEqual({ item: { note: 'x' } });
    expect(await orders('delete', { filter: { id: { gte: 10 } } })).toEqual({ count: 1 });
    expect(await query({ operation: 'insert', schemaName: 'other', tableName: 'things', payload: {} })).toMatchObject({
      item: { name: null },
    });
  });
});

describe('row policies', () => {
  it('show and change only the rows of the run, whatever the filter says', async () => {
    for (const tenant of [theirs, elsewhere]) {
      const filter = { tenant_id: 't1', workspace_id: 'w1' };
      expect(await orders('list', { filter }, tenant)).toMatchObject({ items: [] });
      expect(await orders('get', { filter: { ...filter, id: 1 } }, tenant)).toEqual({ item: null });
      expect(await orders('update', { filter, values: { note: 'taken' } }, tenant)).toEqual({ count: 0 });
      expect(await orders('delete', { filter }, tenant)).toEqual({ count: 0 });
    }
    expect(await ids({ filter: { note: 'taken' } })).toEqual([]);
    expect(await ids({})).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuse rows of others', async () => {
    for (const values of [
      { tenant_id: 't2', id: 90 },
      { workspace_id: 'w2', id: 90 },
    ]) {
      expect(await failure({ operation: 'insert', values })).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    }
    const moved = await failure({ operation: 'update', rowId: 1, values: { tenant_id: 't2' } });
    expect(moved).toMatchObject({ code: 'FORBIDDEN', retryable: false });
  });

  it('leave no trace of one call in the next on the same connection', async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        orders('list', { page: { size: 1 } }, [mine, theirs, elsewhere][index % 3]),
      ),
    );
    const owners = all
      .map(({ items }) => (items as JsonObject[])[0])
      .map((row) => [row?.['tenant_id'], row?.['workspace_id']]);
    const scopes = [
      ['t1', 'w1'],
      ['t2', 'w1'],
      ['t1', 'w2'],
    ];
    expect(owners).toEqual(Array.from({ length: 30 }, (_, index) => scopes[index % 3]));
  });

  it('are demanded: a table whose owner the service role is is refused, as are tables without a grant', async () => {
    const refused = { code: 'FORBIDDEN', retryable: false };
    expect(await failure({ operation: 'list', tableName: 'unbound' })).toMatchObject(refused);
    expect(await failure({ operation: 'list', tableName: 'secrets' })).toMatchObject(refused);
    expect(await failure({ operation: 'list', schemaName: 'pg_catalog', tableName: 'pg_roles' })).toMatchObject(
      refused,
    );
    expect(await failure({ operation: 'list', schemaName: 'information_schema', tableName: 'tables' })).toMatchObject(
      refused,
    );
  });
});

describe('what row policies do not fence', () => {
  const refused = { code: 'FORBIDDEN', retryable: false };
  it.each([
    ['a table without row policies', 'open_to_all'],
    ['a partition that is asked past its table', 'parted_1'],
    ['a view with its owner’s rights', 'by_owner'],
    ['a view that says so', 'not_by_caller'],
    ['a view of a view with its owner’s rights', 'over_by_owner'],
    ['a view that reads a table without row policies', 'with_open'],
    ['a materialized view', 'kept'],
  ])('%s is refused', async (_what, tableName) => {
    const error = await failure({ operation: 'list', tableName });
    expect(error).toMatchObject(refused);
    expect(error.message).toContain('FLOWS_DATA_SHARED_TABLES');
  });

  it.each(['countries', 'shared_view'])('%s is shown where the operator shares it', async (tableName) => {
    expect(await query({ operation: 'list', tableName })).toMatchObject({ items: [] });
  });

  it('views with the caller’s rights show the rows of the run only, also over each other', async () => {
    for (const tableName of ['by_caller', 'over_by_caller', 'with_shared']) {
      const { items } = await query({ operation: 'list', tableName });
      expect((items as JsonObject[]).length).toBeGreaterThan(0);
      for (const row of items as JsonObject[]) expect(row).toMatchObject({ tenant_id: 't1', workspace_id: 'w1' });
    }
    expect(await query({ operation: 'list', tableName: 'parted' })).toMatchObject({ items: [] });
    expect(await query({ operation: 'list', tableName: 'no_policy' })).toMatchObject({ items: [] });
  });
});

describe('errors, all final', () => {
  it.each<[string, JsonObject]>([
    ['SCHEMA_ERROR', { engine: 'oracle', operation: 'list' }],
    ['SCHEMA_ERROR', { operation: 'drop' }],
    ['SCHEMA_ERROR', { operation: 'replace', rowId: 1, values: { id: 1 } }],
    ['SCHEMA_ERROR', { operation: 'list', tableName: 'no_such' }],
    ['SCHEMA_ERROR', { operation: 'list', tableName: 'Orders' }],
    ['SCHEMA_ERROR', { operation: 'list', schemaName: 'no_such' }],
    ['SCHEMA_ERROR', { operation: 'list', databaseName: 'postgres' }],
    ['SCHEMA_ERROR', { operation: 'list', filter: { nope: 1 } }],
    ['SCHEMA_ERROR', { operation: 'list', sort: [{ field: 'nope' }] }],
    ['SCHEMA_ERROR', { operation: 'list', projection: ['nope'] }],
    ['SCHEMA_ERROR', { operation: 'insert', values: { nope: 1 } }],
    ['SCHEMA_ERROR', { operation: 'get', tableName: 'unkeyed', rowId: 1 }],
    ['CONFLICT', { operation: 'insert', values: { id: 1 } }],
    ['CONFLICT', { operation: 'update', rowId: 1, values: { id: 2 } }],
    ['CAPABILITY_UNAVAILABLE', { engine: 'mongo', operation: 'list' }],
    ['VALIDATION_ERROR', { operation: 'update', values: { note: 'x' } }],
    ['VALIDATION_ERROR', { operation: 'update', filter: {}, values: { note: 'x' } }],
    ['VALIDATION_ERROR', { operation: 'update', filter: { id: {} }, values: { note: 'x' } }],
    ['VALIDATION_ERROR', { operation: 'update', rowId: 1, values: {} }],
    ['VALIDATION_ERROR', { operation: 'delete' }],
    ['VALIDATION_ERROR', { operation: 'delete', filter: {} }],
    ['VALIDATION_ERROR', { operation: 'get' }],
    ['VALIDATION_ERROR', { operation: 'insert' }],
    ['VALIDATION_ERROR', { operation: 'list', tableName: '' }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: 'seven' } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: [1] } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: { like: '1%' } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { note: { like: 5 } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: { gt: null } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: { in: 5 } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { id: { in: Array.from({ length: 70_000 }, () => 1) } } }],
    ['VALIDATION_ERROR', { operation: 'list', page: { next: 'nonsense' } }],
    [
      'VALIDATION_ERROR',
      { operation: 'list', page: { next: Buffer.from('{"order":"[]","offset":1}').toString('base64url') } },
    ],
    ['VALIDATION_ERROR', { operation: 'insert', schemaName: 'other', tableName: 'things', values: { name: 'bad' } }],
    ['VALIDATION_ERROR', { operation: 'insert', schemaName: 'other', tableName: 'things', values: { parent: 999 } }],
    ['VALIDATION_ERROR', { operation: 'insert', values: { id: null } }],
    ['VALIDATION_ERROR', { operation: 'insert', values: { id: 1e40 } }],
  ])('%s for %j', async (code, input) => {
    const error = await failure(input);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).not.toMatch(/seven|bad|999/);
  });
});

/** Runs `work` while another connection holds the row, so that an update of it waits. */
async function whileLocked(id: number, work: (holder: Pool) => Promise<void>): Promise<void> {
  const holder = await database.admin.connect();
  try {
    await holder.query('BEGIN');
    await holder.query("SELECT * FROM orders WHERE id = $1 AND tenant_id = 't1' FOR UPDATE", [id]);
    await work(database.admin);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}
const WAITING = "application_name = 'worker db.query' AND wait_event_type = 'Lock' AND datname = current_database()";

describe('a database that goes away', () => {
  it('is retryable, also in the middle of a statement; the next call connects anew', async () => {
    await whileLocked(1, async (holder) => {
      const waiting = failure({ operation: 'update', rowId: 1, values: { note: 'late' } });
      await until('the update that waits is ended', async () => {
        const ended = await holder.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${WAITING}`);
        return ended.rowCount === 1;
      });
      expect(await waiting).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    });
    expect(await orders('get', { rowId: 1, projection: ['note'] })).toEqual({ item: { note: 'n1' } });
  });

  it('keeps nothing of an attempt that was given up', async () => {
    const ended = new AbortController();
    const input = { engine: 'postgres', operation: 'update', tableName: 'orders', rowId: 2, values: { note: 'late' } };
    await whileLocked(2, async (holder) => {
      const given = makeDbQuery(database.tables.query)(input, attemptOf(mine, { signal: ended.signal }));
      const outcome = given.then(
        () => 'done',
        () => 'failed',
      );
      await until('the update waits', async () => {
        return (await holder.query(`SELECT 1 FROM pg_stat_activity WHERE ${WAITING}`)).rowCount === 1;
      });
      ended.abort();
      expect(await outcome).toBe('failed');
    });
    expect(await orders('get', { rowId: 2, projection: ['note'] })).toEqual({ item: { note: 'n2' } });
  });

  it('differs from one that was never there, and from one that does not know the role', async () => {
    const logger = { warn: () => undefined };
    const options = { sharedTables: [], maxConnections: 1, statementTimeoutMs: 1000, maxOutputBytes: 1000, logger };
    const codeAt = async (change: (url: URL) => void): Promise<unknown> => {
      const url = new URL(database.url);
      change(url);
      const tables = openTableDatabase({ server: url.toString(), isOperators: true, ...options });
      const input = { engine: 'postgres', operation: 'list', tableName: 'orders' };
      const { code, retryable, message } = await taskErrorOf(makeDbQuery(tables.query)(input, attemptOf(mine)));
      await tables.close();
      expect(message).not.toContain(url.password);
      return [code, retryable];
    };
    expect(await codeAt((url) => (url.port = '1'))).toEqual(['UPSTREAM_UNAVAILABLE', true]);
    expect(await codeAt((url) => (url.username = 'nobody_at_all'))).toEqual(['CAPABILITY_UNAVAILABLE', false]);
    expect(await codeAt((url) => (url.pathname = '/no_such_database'))).toEqual(['CAPABILITY_UNAVAILABLE', false]);
  });
});
