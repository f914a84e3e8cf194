import type { JsonObject } from '@flowplane/contracts';
import {
  JSON_SETTINGS,
  makePool,
  whileBounded,
  withTenant,
  type PoolOptions,
  type ServerParts,
  type TenantScope,
} from '@flowplane/plumbing/postgres';
import { finalError } from '../../task-error.js';
import type { TableQuery } from '../table-query.js';
import { makeKnownRelations } from './known-relations.js';
import { asQueryError } from './postgres-fault.js';
import { requireOpenSchema } from './relation.js';
import { runStatement } from './statements.js';

export type TableDatabaseOptions = {
  /** FLOWS_DATA_POSTGRES_URL, or the server of a tenant's connection. */
  readonly server: string | ServerParts;
  /**
   * The database is the operator's: queries run as `flows_service`, and row policies must fence what they see. The user of a
   * tenant's own connection has the rights that the tenant gave it.
   */
  readonly isOperators: boolean;
  /** FLOWS_DATA_SHARED_TABLES: `schema.table` of tables and views that all tenants share, without row policies. */
  readonly sharedTables: readonly string[];
  readonly maxConnections: number;
  /** Longest statement, ms. */
  readonly statementTimeoutMs: number;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
  readonly logger: NonNullable<PoolOptions['logger']>;
};

export type TableDatabase = {
  /** Runs one query as this tenant. @returns `result` of tasks 3.1 */
  readonly query: (query: TableQuery, by: QueryBy) => Promise<JsonObject>;
  readonly close: () => Promise<void>;
};

type QueryBy = { readonly tenant: TenantScope; readonly signal: AbortSignal };

/**
 * What the server sends is hardly ever more than twice the JSON it becomes (bytes in hexadecimal are); beyond that the
 * output would be refused anyway, and is not waited for.
 */
const WIRE_FACTOR = 2;
const WIRE_EXTRA_BYTES = 65_536;

/**
 * Tenants' tables in one database: each query is one transaction with `app.tenant_id` and `app.workspace_id` set. Connects
 * with the first query.
 */
export function openTableDatabase(options: TableDatabaseOptions): TableDatabase {
  const { server, isOperators } = options;
  const database = typeof server === 'string' ? decodeURIComponent(new URL(server).pathname.slice(1)) : server.database;
  const pool = makePool(server, {
    max: options.maxConnections,
    applicationName: 'worker db.query',
    settings: { ...JSON_SETTINGS, statement_timeout: String(options.statementTimeoutMs) },
    logger: options.logger,
  });
  const maxBytes = WIRE_FACTOR * options.maxOutputBytes + WIRE_EXTRA_BYTES;
  const relations = makeKnownRelations({ shared: options.sharedTables, needsPolicies: isOperators });
  return {
    query: async (query, { tenant, signal }) => {
      const { schemaName, tableName, databaseName = database } = query;
      if (databaseName !== database) throw finalError('SCHEMA_ERROR', '/databaseName: there is no such database.');
      requireOpenSchema(schemaName);
      let fenced = false;
      try {
        return await withTenant(
          pool,
          tenant,
          (client, answers): Promise<JsonObject> => {
            fenced = true;
            return whileBounded(client, { signal, maxBytes }, async () => {
              const relation = await relations.find(client, schemaName, tableName, answers);
              return runStatement(client, { query, relation, scope: tenant });
            });
          },
          isOperators ? 'flows_service' : 'own',
          relations.checks(schemaName, tableName),
        );
      } catch (thrown) {
        throw asQueryError(thrown, fenced, isOperators);
      }
    },
    close: () => pool.end(),
  };
}
