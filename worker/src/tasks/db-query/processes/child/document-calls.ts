import type { MongoClient } from 'mongodb';
import { pinnedLookup } from '../../../outbound/pinned-lookup.js';
import { clientOfConnection } from '../../mongo/document-client.js';
import { makeDocumentDatabase, type RunDocumentCall } from '../../mongo/document-database.js';
import type { DatabaseCall, DatabaseServer } from '../database-call.js';
import type { CallRunner } from './serve-calls.js';

/** One for a query, one for the cursor of the query before, which is closed meanwhile. */
const MAX_CONNECTIONS = 2;

/** Queries of a tenant's own documents, one after the other. */
export function documentCalls(): CallRunner {
  let opened: { readonly client: MongoClient; readonly run: RunDocumentCall } | undefined;
  return {
    run: ({ server, query, scope }) => {
      opened ??= open(server as DatabaseServer<'mongo'>);
      return opened.run(query as DatabaseCall<'mongo'>['query'], { tenant: scope, signal: NEVER });
    },
    close: async () => opened?.client.close(),
  };
}

/** A call ends with the process. */
const NEVER = new AbortController().signal;

function open({ endpoint, secret, addresses, timeoutMs, maxOutputBytes }: DatabaseServer<'mongo'>) {
  const client = clientOfConnection({ endpoint, secret }, pinnedLookup(addresses), MAX_CONNECTIONS);
  const bounds = { timeoutMs, maxOutputBytes };
  return {
    client,
    run: makeDocumentDatabase({ client, databaseName: endpoint.database, isOperators: false, ...bounds }),
  };
}
