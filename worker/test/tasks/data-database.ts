import { randomUUID } from 'node:crypto';
import { makeLogger } from '@flowplane/plumbing/logging';
import { ensureDatabase, makePool, type Pool } from '@flowplane/plumbing/postgres';
import { openTableDatabase, type TableDatabase } from '../../src/tasks/db-query/postgres/table-database.js';

/** A database of tenants' tables on the real server, for one test file. */
export type DataDatabase = {
  readonly url: string;
  /** As its owner: no row policy binds. */
  readonly admin: Pool;
  readonly tables: TableDatabase;
  readonly close: () => Promise<void>;
};

const SERVICE_ROLE = `
  DO $$ BEGIN CREATE ROLE flows_service NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`;

/** @param sharedTables what all tenants share, without row policies */
export async function openDataDatabase(schema: string, sharedTables: readonly string[] = []): Promise<DataDatabase> {
  const server = process.env['FLOWS_DB_URL'];
  if (server === undefined) throw new Error('FLOWS_DB_URL is not set: start the stack (npm test does)');
  const name = `tables_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await ensureDatabase(url.toString());
  const logger = makeLogger({ service: 'test', level: 'silent' });
  const admin = makePool(url.toString(), { max: 2, applicationName: 'test', logger });
  await admin.query(SERVICE_ROLE);
  await admin.query(schema);
  const options = { sharedTables, maxConnections: 3, statementTimeoutMs: 10_000, maxOutputBytes: 2_097_152, logger };
  const tables = openTableDatabase({ server: url.toString(), isOperators: true, ...options });
  return {
    url: url.toString(),
    admin,
    tables,
    close: async () => {
      await tables.close();
      await admin.end();
      const owner = makePool(server, { max: 1, applicationName: 'test' });
      await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await owner.end();
    },
  };
}

/** A table whose rows belong to a tenant and workspace, as the guide tells operators to make them. */
export const scopedTable = (name: string, columns: string): string => `
  CREATE TABLE ${name} (tenant_id text NOT NULL, workspace_id text NOT NULL, ${columns});
  ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
  CREATE POLICY of_scope ON ${name} TO flows_service
    USING (tenant_id = current_setting('app.tenant_id') AND workspace_id = current_setting('app.workspace_id'));
  GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO flows_service;`;
