import { makePool } from '@flowplane/plumbing/postgres';

export type PostgresCounters = {
  /** Transactions by database: `temporal`, `temporal_visibility`, and all others together as `others`. */
  readonly transactions: Readonly<Record<string, number>>;
  /** Flushes to the disk, and bytes, of the write-ahead log. */
  readonly wal: { readonly flushes: number; readonly bytes: number };
};

const ENGINE = ['temporal', 'temporal_visibility'];
const IO_KNOWS_WAL_SINCE = 180_000;

/** What the server has counted so far. A connection that is busy says so about once a second. */
export async function readPostgresCounters(url: string): Promise<PostgresCounters> {
  const pool = makePool(url, { max: 1, applicationName: 'bench' });
  try {
    const { rows } = await pool.query<{ name: string; transactions: string }>(
      `SELECT CASE WHEN datname = ANY ($1) THEN datname ELSE 'others' END AS name,
              sum(xact_commit + xact_rollback) AS transactions
         FROM pg_stat_database GROUP BY 1`,
      [ENGINE],
    );
    const version = await pool.query<{ number: number }>(`SELECT current_setting('server_version_num')::int AS number`);
    const flushes = await pool.query<{ flushes: string }>(
      (version.rows[0]?.number ?? 0) >= IO_KNOWS_WAL_SINCE
        ? `SELECT coalesce(sum(fsyncs), 0) AS flushes FROM pg_stat_io WHERE object = 'wal'`
        : `SELECT wal_sync AS flushes FROM pg_stat_wal`,
    );
    const written = await pool.query<{ bytes: string }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`,
    );
    return {
      transactions: Object.fromEntries(rows.map(({ name, transactions }) => [name, Number(transactions)])),
      wal: { flushes: Number(flushes.rows[0]?.flushes), bytes: Number(written.rows[0]?.bytes) },
    };
  } finally {
    await pool.end();
  }
}
