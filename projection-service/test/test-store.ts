import { randomUUID } from 'node:crypto';
import { ensureDatabase, makePool, migrate, type Pool } from '@flowplane/plumbing/postgres';
import { LIVE_SCHEMA, openProgress, type ProgressTracker } from '@flowplane/runtime/read-model';
import { openWritePool, PUBLISHER_MIGRATIONS, PUBLISHER_SCHEMA, readModelMigrations } from '../src/read-model.js';

export type TestStore = {
  readonly url: string;
  /** Unqualified names mean the live read models. */
  readonly pool: Pool;
  readonly writePool: Pool;
  /** Publisher's progress; here in the same database. */
  readonly publisherPool: Pool;
  readonly progress: ProgressTracker;
  /** Ends every connection and lets none in, or lets them in again: a server that is away. */
  readonly setAway: (away: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A database of a test's own with the read models migrated. */
export async function openTestStore(): Promise<TestStore> {
  const adminUrl = process.env['FLOWS_DB_URL'] ?? '';
  const database = `projection_${randomUUID().replaceAll('-', '')}`;
  const parsed = new URL(adminUrl);
  parsed.pathname = `/${database}`;
  const url = parsed.toString();
  await ensureDatabase(url);
  const pool = makePool(url, { max: 4, applicationName: 'projection-spec', schema: LIVE_SCHEMA });
  const writePool = openWritePool(url, LIVE_SCHEMA, 4);
  const publisherPool = makePool(url, { max: 2, applicationName: 'projection-spec', schema: PUBLISHER_SCHEMA });
  await migrate(pool, readModelMigrations(LIVE_SCHEMA));
  await migrate(pool, PUBLISHER_MIGRATIONS);
  const progress = openProgress(pool, url);
  const asAdmin = async (...statements: readonly string[]): Promise<void> => {
    const admin = makePool(adminUrl, { max: 1, applicationName: 'projection-spec' });
    for (const statement of statements) await admin.query(statement);
    await admin.end();
  };
  return {
    url,
    pool,
    writePool,
    publisherPool,
    progress,
    setAway: (away) =>
      asAdmin(
        `ALTER DATABASE ${database} ALLOW_CONNECTIONS ${String(!away)}`,
        ...(away ? [`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`] : []),
      ),
    close: async () => {
      await progress.close();
      await Promise.all([pool.end(), writePool.end(), publisherPool.end()]);
      await asAdmin(`DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
}
