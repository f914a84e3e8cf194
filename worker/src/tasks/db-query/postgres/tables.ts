import { isIP } from 'node:net';
import type { Connection } from '@flowplane/contracts';
import type { ServerParts } from '@flowplane/plumbing/postgres';
import { keepClients } from '../../connections/kept-clients.js';
import type { ResolveConnection } from '../../connections/resolve-connection.js';
import type { AllowedHosts } from '../../outbound/allowed-hosts.js';
import { checkListedHost, type CheckedAddresses, type Resolve } from '../../outbound/checked-target.js';
import type { DbQueryConfig } from '../config.js';
import { notConfigured } from '../not-configured.js';
import { openTableDatabase, type TableDatabase, type TableDatabaseOptions } from './table-database.js';

export type TablesParts = {
  readonly config: DbQueryConfig;
  readonly maxOutputBytes: number;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
  readonly logger: TableDatabaseOptions['logger'];
};

/** Connections to the database of one tenant's connection, in one worker. */
const MAX_CONNECTIONS_OF_ONE = 5;

/** The operator's tables, and those of tenants' connections. */
export function makeTables(parts: TablesParts): TableDatabase {
  const { config, maxOutputBytes, connections, allowedHosts, resolve, logger } = parts;
  const bounds = { statementTimeoutMs: config.dataPostgresTimeoutMs, maxOutputBytes, logger };
  const own =
    config.dataPostgresUrl === undefined
      ? undefined
      : openTableDatabase({
          ...bounds,
          server: config.dataPostgresUrl,
          isOperators: true,
          sharedTables: config.dataSharedTables,
          maxConnections: config.dataPostgresConnections,
        });
  const kept = keepClients<TableDatabase>({ closeClient: (database) => database.close() });
  return {
    query: async (query, attempt, name) => {
      if (name === undefined) {
        if (own === undefined) throw notConfigured();
        return own.query(query, attempt);
      }
      const connection = await connections('postgres', name, attempt);
      const { tenantId, workspaceId } = attempt.tenant;
      const open = async (): Promise<TableDatabase> => {
        const { host, port } = connection.endpoint;
        const addresses = await checkListedHost(host, port, allowedHosts, resolve);
        const server = serverOf(connection, addresses);
        const limits = { isOperators: false, sharedTables: [], maxConnections: MAX_CONNECTIONS_OF_ONE };
        return openTableDatabase({ ...bounds, ...limits, server });
      };
      return kept.use({ tenantId, workspaceId, name, version: connection.version }, open, (database) =>
        database.query(query, attempt),
      );
    },
    close: async () => {
      await own?.close();
      await kept.close();
    },
  };
}

/** The server at the address that was checked; its certificate is that of the name. */
function serverOf({ endpoint, secret }: Connection<'postgres'>, [first]: CheckedAddresses): ServerParts {
  const { host, port, database, tls = 'require', ca } = endpoint;
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const ssl = { ...(isIP(name) === 0 ? { servername: name } : {}), ...(ca === undefined ? {} : { ca }) };
  return { host: first.address, port, database, ...secret, ssl: tls === 'disable' ? false : ssl };
}
