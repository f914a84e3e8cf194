import type { MongoClient } from 'mongodb';
import { keepClients } from '../../connections/kept-clients.js';
import type { ResolveConnection } from '../../connections/resolve-connection.js';
import type { AllowedHosts } from '../../outbound/allowed-hosts.js';
import { checkListedHost, type Resolve } from '../../outbound/checked-target.js';
import { pinnedLookup } from '../../outbound/pinned-lookup.js';
import type { DbQueryConfig } from '../config.js';
import { notConfigured } from '../not-configured.js';
import { clientOfConnection, operatorsClient, readMongoUrl } from './document-client.js';
import { makeDocumentDatabase, type RunDocumentQuery } from './document-database.js';

export type DocumentsParts = {
  readonly config: Pick<DbQueryConfig, 'dataMongoUrl' | 'dataMongoConnections' | 'dataMongoTimeoutMs'>;
  readonly maxOutputBytes: number;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
};

export type Documents = { readonly query: RunDocumentQuery; readonly close: () => Promise<void> };

/** Connections to the database of one tenant's connection, in one worker. */
const MAX_CONNECTIONS_OF_ONE = 5;

/** The operator's document database, and those of tenants' connections. */
export function makeDocuments({
  config,
  maxOutputBytes,
  connections,
  allowedHosts,
  resolve,
}: DocumentsParts): Documents {
  const bounds = { timeoutMs: config.dataMongoTimeoutMs, maxOutputBytes };
  const own = operatorsDatabase(config, bounds);
  const kept = keepClients<{ readonly client: MongoClient; readonly run: RunDocumentQuery }>({
    closeClient: ({ client }) => client.close(),
  });
  return {
    query: async (query, attempt, name) => {
      if (name === undefined) {
        if (own === undefined) throw notConfigured();
        return own.run(query, attempt);
      }
      const connection = await connections('mongo', name, attempt);
      const { tenantId, workspaceId } = attempt.tenant;
      const open = async () => {
        const { host, port, database } = connection.endpoint;
        const lookup = pinnedLookup(await checkListedHost(host, port, allowedHosts, resolve));
        const client = clientOfConnection(connection, lookup, MAX_CONNECTIONS_OF_ONE);
        return { client, run: makeDocumentDatabase({ client, databaseName: database, isOperators: false, ...bounds }) };
      };
      return kept.use({ tenantId, workspaceId, name, version: connection.version }, open, ({ run }) =>
        run(query, attempt),
      );
    },
    close: async () => {
      await own?.client.close();
      await kept.close();
    },
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
