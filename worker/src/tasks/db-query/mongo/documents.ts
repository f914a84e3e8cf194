import type { ResolveConnection } from '../../connections/resolve-connection.js';
import type { AllowedHosts } from '../../outbound/allowed-hosts.js';
import { checkHost, type Resolve } from '../../outbound/checked-target.js';
import type { DbQueryConfig } from '../config.js';
import { notConfigured } from '../not-configured.js';
import type { DatabaseProcesses } from '../processes/database-processes.js';
import { operatorsClient, readMongoUrl } from './document-client.js';
import { makeDocumentDatabase, type RunDocumentQuery } from './document-database.js';

export type DocumentsParts = {
  readonly config: Pick<DbQueryConfig, 'dataMongoUrl' | 'dataMongoConnections' | 'dataMongoTimeoutMs'>;
  readonly maxOutputBytes: number;
  readonly connections: ResolveConnection;
  readonly processes: DatabaseProcesses;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
};

export type Documents = { readonly query: RunDocumentQuery; readonly close: () => Promise<void> };

/** The operator's document database, asked from the worker itself, and those of tenants' connections, each from a process. */
export function makeDocuments(parts: DocumentsParts): Documents {
  const { config, maxOutputBytes, connections, processes, allowedHosts, resolve } = parts;
  const bounds = { timeoutMs: config.dataMongoTimeoutMs, maxOutputBytes };
  const own = operatorsDatabase(config, bounds);
  return {
    query: async (query, attempt, name) => {
      if (name === undefined) {
        if (own === undefined) throw notConfigured();
        return own.run(query, attempt);
      }
      const { version, endpoint, secret } = await connections('mongo', name, attempt);
      const { tenantId, workspaceId } = attempt.tenant;
      return processes.run({
        key: { tenantId, workspaceId, name, version },
        open: async () => {
          const addresses = await checkHost(endpoint.host, endpoint.port, allowedHosts, resolve);
          return { engine: 'mongo', endpoint, secret, addresses, ...bounds };
        },
        ...{ query, signal: attempt.signal },
      });
    },
    close: async () => own?.client.close(),
  };
}

function operatorsDatabase(
  { dataMongoUrl, dataMongoConnections }: DocumentsParts['config'],
  bounds: { readonly timeoutMs: number; readonly maxOutputBytes: number },
) {
  if (dataMongoUrl === undefined) return undefined;
  const client = operatorsClient(dataMongoUrl, dataMongoConnections);
  const { databaseName } = readMongoUrl(dataMongoUrl);
  return { client, run: makeDocumentDatabase({ client, databaseName, isOperators: true, ...bounds }) };
}
