import type { JsonObject } from '@flowplane/contracts';
import { JSON_SETTINGS, makePool, whileBounded, withTenant, type PoolOptions } from '@flowplane/plumbing/postgres';
import { finalError } from '../../task-error.js';
import type { RunTableQuery } from '../db-query.js';
import { asQueryError } from './postgres-fault.js';
import { findRelation } from './relation.js';
import { runStatement } from './statements.js';

export type TableDatabaseOptions = {
  /** FLOWS_DATA_POSTGRES_URL. */
  readonly url: string;
  /** FLOWS_DATA_SHARED_TABLES: `schema.table` of tables and views that all tenants share, without row policies. */
  readonly sharedTables: readonly string[];
  readonly maxConnections: number;
  /** Longest statement, ms. */
  readonly statementTimeoutMs: number;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
  readonly logger: NonNullable<PoolOptions['logger']>;
};

export type TableDatabase = { readonly query: RunTableQuery; readonly close: () => Promise<void> };

/**
 * What the server sends is hardly ever more than twice the JSON it becomes (bytes in hexadecimal are); beyond that the
 * output would be refused anyway, and is not waited for.
 */
const WIRE_FACTOR = 2;
const WIRE_EXTRA_BYTES = 65_536;

/**
 * The tenants' tables: each query is one transaction under `SET LOCAL ROLE flows_service` with `app.tenant_id` and
 * `app.workspace_id` set. Connects with the first query.
 */
export function openTableDatabase(options: TableDatabaseOptions): TableDatabase {
  const database = decodeURIComponent(new URL(options.url).pathname.slice(1));
  const pool = makePool(options.url, {
    max: options.maxConnections,
    applicationName: 'worker db.query',
    settings: { ...JSON_SETTINGS, statement_timeout: String(options.statementTimeoutMs) },
    logger: options.logger,
  });
  const maxBytes = WIRE_FACTOR * options.maxOutputBytes + WIRE_EXTRA_BYTES;
  return {
    query: async (query, { tenant, signal }) => {
      const { schemaName, tableName, databaseName = database } = query;
      if (databaseName !== database) throw finalError('SCHEMA_ERROR', '/databaseName: there is no such database.');
      let fenced = false;
      try {
        return await withTenant(
          pool,
          tenant,
          (client): Promise<JsonObject> => {
            fenced = true;
            return whileBounded(client, { signal, maxBytes }, async () => {
              const relation = await findRelation(client, schemaName, tableName, options.sharedTables);
              return runStatement(client, { query, relation, scope: tenant });
            });
          },
          'flows_service',
        );
      } catch (thrown) {
        throw asQueryError(thrown, fenced);
      }
    },
    close: () => pool.end(),
  };
}
