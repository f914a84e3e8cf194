import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../logging/index.js';
import { keepTrying } from '../periodic/index.js';
import { isRetryableTransaction } from './faults.js';
import { assertIdentifier, type Pool, type PoolClient } from './pool.js';
import { withConnection } from './transaction.js';

export type Migrations = {
  /** Schema that the unqualified names of the files mean; created when missing. */
  readonly schema: string;
  /**
   * Folder of `NNNN_name.sql` files, each applied in a transaction, and `NNNN_name.online.sql` files. Their statements,
   * which end at an empty line, run one after the other without a transaction around them, for what takes long on a
   * large table (`CREATE INDEX CONCURRENTLY`, a `DO` that commits between its rounds). Such a file may be begun more
   * than once, so each statement must be able to run again.
   */
  readonly directory: string;
};

type MigrationFile = { readonly name: string; readonly sql: string; readonly checksum: string };

/** Held for a schema from the first file to the last, so that one process migrates it and the others find it done. */
const WHOLE = 'flowplane.migrations';
/** Held in each transaction. Releases up to 0.3 hold only this one, in one transaction for all files. */
const EACH = 'flowplane.migrate';
/** A file that waits longer for a table lets those who queue behind it pass, and comes back. */
const LOCK_TIMEOUT_MS = 2000;
const GIVE_UP_MS = 10 * 60_000;
/** A wait for another process that is worth a line in the log. */
const LONG_WAIT_MS = 2000;

/**
 * Brings `schema` to the state of the numbered files: all that are missing, in order, a transaction for each, by one
 * process at a time. What was applied is recorded inside the schema itself, and so moves with it when it is renamed.
 * Migrations that follow the last file were applied by a newer release, which runs beside this one or was rolled back
 * from: they are left alone, since a release only adds what its predecessor can ignore.
 *
 * @returns names of the files applied now.
 * @throws when an applied file has changed or is gone (history is not edited, it is added to), and when a file fails;
 * those before it stay applied
 */
export async function migrate(
  pool: Pool,
  { schema, directory }: Migrations,
  logger?: Pick<Logger, 'info' | 'warn'>,
): Promise<readonly string[]> {
  assertIdentifier(schema);
  const files = await readMigrations(directory);
  return withConnection(pool, async (client) => {
    const turn = `${WHOLE}.${schema}`;
    await waitForTurn(client, turn, () =>
      logger?.info({ schema }, 'another process migrates this schema: waiting until it has done so'),
    );
    try {
      const pending = await inSchema(client, schema, () => pendingOf(client, files, schema));
      for (const file of pending) {
        const startedAt = Date.now();
        logger?.info({ migration: file.name, schema }, 'applying a migration');
        await apply(client, schema, file, (cause) =>
          logger?.warn({ migration: file.name, err: cause }, 'a table is in use: the migration is tried again'),
        );
        logger?.info({ migration: file.name, schema, ms: Date.now() - startedAt }, 'a migration is applied');
      }
      return pending.map((file) => file.name);
    } finally {
      // A connection that is broken has let go of it.
      await client.query('SELECT pg_advisory_unlock(hashtext($1))', [turn]).catch(() => undefined);
    }
  });
}

async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory))
    .filter((name) => /^\d{4}_[a-z0-9_-]+(\.online)?\.sql$/.test(name))
    .toSorted();
  if (names.length === 0) throw new Error(`no migrations in ${directory}`);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** By asking again and again: a statement that waited would hold a snapshot, which an index built online waits for. */
async function waitForTurn(client: PoolClient, turn: string, onLongWait: () => void): Promise<void> {
  const longWait = setTimeout(onLongWait, LONG_WAIT_MS);
  const lock = async (): Promise<void> => {
    const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS ours', [turn]);
    if (rows[0]?.ours !== true) throw new NotOurTurn();
  };
  const backoff = { firstMs: 5, maxMs: 200, jitter: 0.5 };
  try {
    await keepTrying(lock, { backoff, isCurable: (cause) => cause instanceof NotOurTurn });
  } finally {
    clearTimeout(longWait);
  }
}

class NotOurTurn extends Error {
  override readonly name = 'NotOurTurn';
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

async function apply(
  client: PoolClient,
  schema: string,
  file: MigrationFile,
  onFault: (cause: unknown) => void,
): Promise<void> {
  const record = () =>
    client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [file.name, file.checksum]);
  const once = async (): Promise<void> => {
    if (file.name.endsWith('.online.sql')) {
      await withoutTransaction(client, schema, file);
      await inSchema(client, schema, record);
    } else {
      await inSchema(client, schema, async () => {
        // A process of release 0.3 may have come first, between two of our transactions.
        const { rows } = await client.query('SELECT 1 FROM schema_migrations WHERE name = $1', [file.name]);
        if (rows.length > 0) return;
        await client.query(file.sql);
        await record();
      });
    }
  };
  try {
    const backoff = { firstMs: 100, maxMs: 5000, jitter: 0.5 };
    await keepTrying(once, {
      backoff,
      deadlineMs: Date.now() + GIVE_UP_MS,
      isCurable: isRetryableTransaction,
      onFault,
    });
  } catch (cause) {
    throw new Error(`migration ${file.name} failed`, { cause });
  }
}

/** One transaction, in which unqualified names mean `schema`. */
async function inSchema<T>(client: PoolClient, schema: string, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    // One lock for all schemas of a database: role creation, too, must not race.
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [EACH]);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET LOCAL search_path TO ${schema}`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK');
    throw cause;
  }
}

async function withoutTransaction(client: PoolClient, schema: string, { sql }: MigrationFile): Promise<void> {
  await client.query(`SET search_path TO ${schema}`);
  try {
    for (const statement of sql.split(/\n\s*\n/)) if (statement.trim() !== '') await client.query(statement);
  } finally {
    await client.query('RESET search_path').catch(() => undefined);
  }
}
