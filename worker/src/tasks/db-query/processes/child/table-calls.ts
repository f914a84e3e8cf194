import { isIP } from 'node:net';
import type { ServerParts } from '@flowplane/plumbing/postgres';
import { openTableDatabase, type TableDatabase } from '../../postgres/table-database.js';
import type { DatabaseCall, DatabaseServer } from '../database-call.js';
import type { CallRunner } from './serve-calls.js';

/** Queries of a tenant's own tables, one after the other. */
export function tableCalls(): CallRunner {
  let database: TableDatabase | undefined;
  return {
    run: ({ server, query, scope }) => {
      const { timeoutMs, maxOutputBytes } = server;
      database ??= openTableDatabase({
        server: partsOf(server as DatabaseServer<'postgres'>),
        ...{ isOperators: false, sharedTables: [], maxConnections: 1, statementTimeoutMs: timeoutMs, maxOutputBytes },
        logger: { warn: () => undefined },
      });
      const { query: run } = database;
      return run(query as DatabaseCall<'postgres'>['query'], { tenant: scope, signal: NEVER });
    },
    close: async () => database?.close(),
  };
}

/** A call ends with the process. */
const NEVER = new AbortController().signal;

/** The server at the address that was checked; its certificate is that of the name. */
function partsOf({ endpoint, secret, addresses }: DatabaseServer<'postgres'>): ServerParts {
  const { host, port, database, tls = 'require', ca } = endpoint;
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const ssl = { ...(isIP(name) === 0 ? { servername: name } : {}), ...(ca === undefined ? {} : { ca }) };
  return { host: addresses[0].address, port, database, ...secret, ssl: tls === 'disable' ? false : ssl };
}
