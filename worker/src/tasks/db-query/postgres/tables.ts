import { checkHost, type Resolve } from '../../outbound/checked-target.js';
import type { ResolveConnection } from '../../connections/resolve-connection.js';
import type { AllowedHosts } from '../../outbound/allowed-hosts.js';
import type { DbQueryConfig } from '../config.js';
import type { RunTableQuery } from '../db-query.js';
import { notConfigured } from '../not-configured.js';
import type { DatabaseProcesses } from '../processes/database-processes.js';
import { openTableDatabase, type TableDatabaseOptions } from './table-database.js';

export type TablesParts = {
  readonly config: Pick<
    DbQueryConfig,
    'dataPostgresUrl' | 'dataSharedTables' | 'dataPostgresConnections' | 'dataPostgresTimeoutMs'
  >;
  readonly maxOutputBytes: number;
  readonly connections: ResolveConnection;
  readonly processes: DatabaseProcesses;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
  readonly logger: TableDatabaseOptions['logger'];
};

export type Tables = { readonly query: RunTableQuery; readonly close: () => Promise<void> };

/** The operator's tables, asked from the worker itself, and those of tenants' connections, each asked from a process. */
export function makeTables(parts: TablesParts): Tables {
  const { config, maxOutputBytes, connections, processes, allowedHosts, resolve, logger } = parts;
  const timeoutMs = config.dataPostgresTimeoutMs;
  const own =
    config.dataPostgresUrl === undefined
      ? undefined
      : openTableDatabase({
          ...{ server: config.dataPostgresUrl, isOperators: true, sharedTables: config.dataSharedTables },
          ...{ maxConnections: config.dataPostgresConnections, statementTimeoutMs: timeoutMs, maxOutputBytes, logger },
        });
  return {
    query: async (query, attempt, name) => {
      if (name === undefined) {
        if (own === undefined) throw notConfigured();
        return own.query(query, attempt);
      }
      const { version, endpoint, secret } = await connections('postgres', name, attempt);
      const { tenantId, workspaceId } = attempt.tenant;
      return processes.run({
        key: { tenantId, workspaceId, name, version },
        open: async () => {
          const addresses = await checkHost(endpoint.host, endpoint.port, allowedHosts, resolve);
          return { engine: 'postgres', endpoint, secret, addresses, timeoutMs, maxOutputBytes };
        },
        ...{ query, signal: attempt.signal },
      });
    },
    close: async () => own?.close(),
  };
}
