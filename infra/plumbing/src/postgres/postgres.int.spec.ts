import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assertServerVersion, ensureDatabase } from './database.js';
import { isUnavailable } from './faults.js';
import { migrate } from './migrate.js';
import { makePool, type Pool } from './pool.js';
import { runTogether } from './run-together.js';
import { inTransaction, inTwoTrips, queryAsTenant, withTenant } from './transaction.js';

const adminUrl = process.env['FLOWS_DB_URL'] ?? '';
const database = `pg_adapter_${randomUUID().replaceAll('-', '')}`;
const url = ((): string => {
  const parsed = new URL(adminUrl);
  parsed.pathname = `/${database}`;
  return parsed.toString();
})();

let pool: Pool;
let directory: string;
const folders: string[] = [];

/** A folder with these files. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

beforeAll(async () => {
  await Promise.all([ensureDatabase(url), ensureDatabase(url)]);
  pool = makePool(url, { max: 4, applicationName: 'postgres-spec', schema: 'things' });
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await writeFile(join(directory, '0001_things.sql'), 'CREATE TABLE things (id int PRIMARY KEY, tenant_id text);');
});

afterAll(async () => {
  await pool.end();
  for (const folder of [directory, ...folders]) await rm(folder, { recursive: true });
  const admin = makePool(adminUrl, { max: 1, applicationName: 'postgres-spec' });
  await admin.query(`DROP DATABASE ${database}`);
  await admin.end();
});

it('a server that is too old is refused with what is needed', async () => {
  await assertServerVersion(pool, 9);
  await expect(assertServerVersion(pool, 900)).rejects.toThrow(/^PostgreSQL \d+ is too old: 900 or later is needed\.$/);
});

describe('migrate', () => {
  it('applies each file once, also when processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(pool, { schema: 'things', directory })));
    expect(applied.flat()).toEqual(['0001_things.sql']);
    expect((await pool.query('SELECT count(*)::int AS n FROM things')).rows).toEqual([{ n: 0 }]);
  });

  it('applies a later file to the schema as it is, and the same files to another schema from nothing', async () => {
    await writeFile(join(directory, '0002_names.sql'), 'ALTER TABLE things ADD COLUMN name text;');
    expect(await migrate(pool, { schema: 'things', directory })).toEqual(['0002_names.sql']);
    expect(await migrate(pool, { schema: 'copies', directory })).toEqual(['0001_things.sql', '0002_names.sql']);
    expect((await pool.query('SELECT name FROM copies.things')).rows).toEqual([]);
  });

  it('refuses a file that was changed after it was applied', async () => {
    await writeFile(join(directory, '0002_names.sql'), 'ALTER TABLE things ADD COLUMN title text;');
    await expect(migrate(pool, { schema: 'things', directory })).rejects.toThrow(/0002_names.sql was changed/);
  });

  it('leaves alone what a newer release added behind the last file, and refuses one that is missing in between', async () => {
    const older = await folderOf({});
    const tables = ['0001_one.sql', '0002_two.sql', '0003_three.sql'];
    const write = (name: string) => writeFile(join(older, name), `CREATE TABLE t${name.slice(0, 4)} (id int);`);
    await Promise.all(tables.map(write));
    expect(await migrate(pool, { schema: 'upgraded', directory: older })).toEqual(tables);
    await rm(join(older, '0003_three.sql'));
    expect(await migrate(pool, { schema: 'upgraded', directory: older })).toEqual([]);
    await write('0003_three.sql');
    await rm(join(older, '0002_two.sql'));
    await expect(migrate(pool, { schema: 'upgraded', directory: older })).rejects.toThrow(/0002_two.sql, which/);
  });

  it('leaves nothing behind of a file that fails, and keeps those before it', async () => {
    const broken = await folderOf({
      '0001_good.sql': 'CREATE TABLE good (id int);',
      '0002_bad.sql': 'CREATE TABLE half (id int); CREATE TABLE bad (id nonsense);',
    });
    await expect(migrate(pool, { schema: 'broken', directory: broken })).rejects.toThrow(/0002_bad.sql failed/);
    expect(
      (await pool.query("SELECT to_regclass('broken.good') AS good, to_regclass('broken.half') AS half")).rows,
    ).toEqual([{ good: 'broken.good', half: null }]);
    await writeFile(join(broken, '0002_bad.sql'), 'CREATE TABLE bad (id int);');
    expect(await migrate(pool, { schema: 'broken', directory: broken })).toEqual(['0002_bad.sql']);
  });

  it('runs the statements of an online file without a transaction, also when processes start together', async () => {
    const online = await folderOf({
      '0001_table.sql': 'CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n;',
      '0002_index.online.sql': `-- What takes long.
DROP INDEX CONCURRENTLY IF EXISTS numbers_by_n;

CREATE INDEX CONCURRENTLY numbers_by_n ON numbers (n);

DO $$
BEGIN
  UPDATE numbers SET n = n + 1;
  COMMIT;
END
$$;
`,
    });
    const applied = await Promise.all([1, 2, 3].map(() => migrate(pool, { schema: 'online', directory: online })));
    expect(applied.flat()).toEqual(['0001_table.sql', '0002_index.online.sql']);
    const { rows } = await pool.query(
      `SELECT (SELECT min(n) FROM online.numbers) AS first, indisvalid AS valid
         FROM pg_index WHERE indexrelid = 'online.numbers_by_n'::regclass`,
    );
    expect(rows).toEqual([{ first: 2, valid: true }]);
    // The connection goes back as it was.
    expect((await pool.query('SELECT count(*)::int AS n FROM things')).rows).toHaveLength(1);
  });

  it('builds an index again that was left half built', async () => {
    const twice = await folderOf({
      '0001_table.sql': 'CREATE TABLE numbers AS SELECT 1 AS n FROM generate_series(1, 2);',
      '0002_index.online.sql':
        'DROP INDEX CONCURRENTLY IF EXISTS once;\n\nCREATE UNIQUE INDEX CONCURRENTLY once ON numbers (n);\n',
    });
    await expect(migrate(pool, { schema: 'twice', directory: twice })).rejects.toThrow(/0002_index.online.sql failed/);
    await pool.query('DELETE FROM twice.numbers WHERE ctid IN (SELECT ctid FROM twice.numbers LIMIT 1)');
    expect(await migrate(pool, { schema: 'twice', directory: twice })).toEqual(['0002_index.online.sql']);
    const { rows } = await pool.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'twice.once'::regclass");
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  it('lets others read a table that somebody holds, and is applied once it is free', async () => {
    const waiting = await folderOf({ '0001_table.sql': 'CREATE TABLE held (id int);' });
    await migrate(pool, { schema: 'waiting', directory: waiting });
    const holder = await pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT * FROM waiting.held');
      await writeFile(join(waiting, '0002_column.sql'), 'ALTER TABLE held ADD COLUMN name text;');
      const migrated = migrate(pool, { schema: 'waiting', directory: waiting });
      // The one who reads comes behind the migration, which waits for the holder.
      await untilWaiting('ALTER TABLE held%');
      await pool.query('SELECT * FROM waiting.held');
      await holder.query('COMMIT');
      expect(await migrated).toEqual(['0002_column.sql']);
    } finally {
      holder.release();
    }
  });
});

/** Waits until a statement waits for a lock. */
async function untilWaiting(like: string): Promise<void> {
  const query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
  while ((await pool.query(query, [like])).rows.length === 0) await new Promise((done) => setTimeout(done, 5));
}

describe('transactions', () => {
  it('commits what resolves and rolls back what throws', async () => {
    await inTransaction(pool, (client) => client.query('INSERT INTO things VALUES (1)'));
    const failing = inTransaction(pool, async (client) => {
      await client.query('INSERT INTO things VALUES (2)');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect((await pool.query('SELECT id FROM things ORDER BY id')).rows).toEqual([{ id: 1 }]);
  });

  it('does not give a connection back that was killed under it', async () => {
    const killed = inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await client.query('SELECT 1');
    });
    await expect(killed).rejects.toSatisfy(isUnavailable);
    await Promise.all([1, 2, 3, 4].map(() => pool.query('SELECT 1')));
  });

  it('runs under role and scope of the tenant, and leaves neither behind', async () => {
    await pool.query('DO $$ BEGIN CREATE ROLE flows_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$');
    const inside = await withTenant(pool, { tenantId: 'T', workspaceId: 'W' }, async (client) => {
      const { rows } = await client.query<{ role: string; scope: string }>(
        `SELECT current_user::text AS role,
                current_setting('app.tenant_id') || '/' || current_setting('app.workspace_id') AS scope`,
      );
      return rows[0];
    });
    expect(inside).toEqual({ role: 'flows_app', scope: 'T/W' });
    const { rows } = await pool.query<{ role: string }>('SELECT current_user::text AS role');
    expect(rows[0]?.role).not.toBe('flows_app');
  });
});

describe('statements that travel together', () => {
  const insert = (id: number | null) => ({ name: 'insert', text: 'INSERT INTO things (id) VALUES ($1)', values: [id] });
  const ids = async (): Promise<readonly number[]> =>
    (await pool.query<{ id: number }>('SELECT id FROM things ORDER BY id')).rows.map(({ id }) => id);
  const count = { text: 'SELECT count(*)::int AS n FROM things' };
  const fails = { name: 'fails', text: 'SELECT 1 / (SELECT count(*) FROM things WHERE id = $1)', values: [-1] };
  const clear = () => pool.query('DELETE FROM things');
  beforeEach(clear);
  afterAll(clear);

  it('answer each for itself, in order, prepared once or not at all', async () => {
    for (let round = 0; round < 2; round++) {
      await inTransaction(pool, async (client) => {
        const answers = await runTogether(client, [insert(10 + round), count, insert(20 + round), count, { text: '' }]);
        expect(answers.map(({ rowCount, rows }) => [rowCount, ...rows])).toEqual([
          [1],
          [1, { n: 1 + 2 * round }],
          [1],
          [1, { n: 2 + 2 * round }],
          [null],
        ]);
      });
    }
    expect(await ids()).toEqual([10, 11, 20, 21]);
  });

  it('run nothing behind one that fails, and leave the connection as it was', async () => {
    const only = makePool(url, { max: 1, applicationName: 'postgres-spec', schema: 'things' });
    const late = { name: 'late', text: 'INSERT INTO things (id) VALUES (3)' };
    const attempt = inTwoTrips(only, [insert(1)], () => [insert(2), fails, late]);
    await expect(attempt).rejects.toThrow('division by zero');
    expect(await ids()).toEqual([]);
    await inTwoTrips(only, [insert(1)], () => [insert(2), late]);
    expect(await ids()).toEqual([1, 2, 3]);
    await only.end();
  });

  it('run nothing behind a BEGIN that fails: never outside of a transaction', async () => {
    const client = await pool.connect();
    const noBegin = { text: 'BEGIN ISOLATION LEVEL NONSENSE' };
    await expect(runTogether(client, [noBegin, insert(1), { text: 'COMMIT' }])).rejects.toThrow(/syntax error/);
    expect(client.getTransactionStatus()).toBe('I');
    client.release();
    expect(await ids()).toEqual([]);
  });

  it('send nothing behind values that cannot be sent', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const only = makePool(url, { max: 1, applicationName: 'postgres-spec', schema: 'things' });
    const named = { name: 'as-text', text: 'SELECT $1::json AS value' };
    const attempt = inTwoTrips(only, [insert(1)], () => [insert(2), { ...named, values: [circular] }, insert(3)]);
    await expect(attempt).rejects.toThrow(/circular/);
    expect(await ids()).toEqual([]);
    const { rows } = await only.query({ ...named, values: ['1'] });
    expect(rows).toEqual([{ value: 1 }]);
    await only.end();
  });

  it('commit nothing when the work between the trips throws, or swallowed a failure', async () => {
    const thrown = inTwoTrips(pool, [insert(1)], () => Promise.reject(new Error('not so')));
    await expect(thrown).rejects.toThrow('not so');
    const swallowed = inTransaction(pool, async (client) => {
      await client.query(insert(1));
      await client.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('was not committed');
    expect(await ids()).toEqual([]);
  });

  it('do not give a connection back that was killed under them', async () => {
    const only = makePool(url, { max: 1, applicationName: 'postgres-spec', schema: 'things' });
    const killed = inTwoTrips(only, [insert(1)], () => [
      insert(2),
      { text: 'SELECT pg_terminate_backend(pg_backend_pid())' },
      insert(3),
    ]);
    await expect(killed).rejects.toThrow(/terminat/);
    expect(await ids()).toEqual([]);
    expect((await only.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await only.end();
  });

  it('read as a tenant in one trip, and leave neither role nor scope behind', async () => {
    const only = makePool(url, { max: 1, applicationName: 'postgres-spec' });
    const whoAmI = { text: `SELECT current_user::text AS role, current_setting('app.tenant_id', true) AS tenant` };
    const { rows } = await queryAsTenant(only, { tenantId: 'T', workspaceId: 'W' }, whoAmI);
    expect(rows).toEqual([{ role: 'flows_app', tenant: 'T' }]);
    await expect(queryAsTenant(only, { tenantId: 'T', workspaceId: 'W' }, fails)).rejects.toThrow();
    const after = (await only.query<{ role: string; tenant: string | null }>(whoAmI.text)).rows[0];
    expect(after?.role).not.toBe('flows_app');
    expect(after?.tenant ?? '').toBe('');
    await only.end();
  });
});
