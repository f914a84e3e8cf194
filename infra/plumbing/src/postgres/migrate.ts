import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertIdentifier, type Pool, type PoolClient } from './pool.js';
import { inTransaction } from './transaction.js';

export type Migrations = {
  /** Schema that the unqualified names of the files mean; created when missing. */
  readonly schema: string;
  /** Folder of `NNNN_name.sql` files. */
  readonly directory: string;
};

type MigrationFile = { readonly name: string; readonly sql: string; readonly checksum: string };

/**
 * Brings `schema` to the state of the numbered files: all that are missing, in order, in one transaction under an
 * advisory lock, so that processes may start together. What was applied is recorded inside the schema itself, and so
 * moves with it when it is renamed. Migrations that follow the last file were applied by a newer release, which runs
 * beside this one or was rolled back from: they are left alone, since a release only adds what its predecessor can
 * ignore.
 *
 * @returns names of the files applied now.
 * @throws when an applied file has changed or is gone: history is not edited, it is added to.
 */
export async function migrate(pool: Pool, { schema, directory }: Migrations): Promise<readonly string[]> {
  assertIdentifier(schema);
  const files = await readMigrations(directory);
  return inTransaction(pool, async (client) => {
    // One lock for all schemas of a database: role creation, too, must not race.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('flowplane.migrate'))");
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET LOCAL search_path TO ${schema}`);
    const pending = await pendingOf(client, files, schema);
    for (const file of pending) await apply(client, file);
    return pending.map((file) => file.name);
  });
}

async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_[a-z0-9_-]+\.sql$/.test(name)).toSorted();
  if (names.length === 0) throw new Error(`no migrations in ${directory}`);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function pendingOf(
  client: PoolClient,
  files: readonly MigrationFile[],
  schema: string,
): Promise<readonly MigrationFile[]> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations
       (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  const known = new Map(files.map((file) => [file.name, file]));
  const last = files.at(-1)?.name ?? '';
  for (const row of rows) {
    const file = known.get(row.name);
    if (file === undefined && row.name > last) continue;
    if (file === undefined) throw new Error(`schema ${schema} has migration ${row.name}, which this release lacks`);
    if (file.checksum !== row.checksum) throw new Error(`migration ${row.name} was changed after it was applied`);
  }
  const applied = new Set(rows.map((row) => row.name));
  return files.filter((file) => !applied.has(file.name));
}

async function apply(client: PoolClient, file: MigrationFile): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (cause) {
    throw new Error(`migration ${file.name} failed`, { cause });
  }
  await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [file.name, file.checksum]);
}
