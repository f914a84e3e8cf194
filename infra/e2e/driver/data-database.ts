import { randomBytes } from 'node:crypto';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';

/** A database with tenants' tables, for `db.query`. */
export type DataDatabase = { readonly url: string; readonly close: () => Promise<void> };

const SERVER_URL = (): URL => new URL(process.env['FLOWS_DB_URL'] ?? '');

/** Makes one with the empty table `orders`, whose rows belong to a tenant's workspace. */
export async function makeDataDatabase(): Promise<DataDatabase> {
  const name = `data_${randomBytes(4).toString('hex')}`;
  const url = SERVER_URL();
  url.pathname = `/${name}`;
  await ensureDatabase(url.toString());
  const pool = makePool(url.toString(), { max: 1, applicationName: 'test' });
  await pool.query(`
    DO $$ BEGIN CREATE ROLE flows_service NOLOGIN NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id text NOT NULL, workspace_id text NOT NULL, region text NOT NULL);
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON orders TO flows_service
      USING (tenant_id = current_setting('app.tenant_id') AND workspace_id = current_setting('app.workspace_id'));
    GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO flows_service`);
  await pool.end();
  return {
    url: url.toString(),
    close: async () => {
      const admin = makePool(SERVER_URL().toString(), { max: 1, applicationName: 'test' });
      await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await admin.end();
    },
  };
}
