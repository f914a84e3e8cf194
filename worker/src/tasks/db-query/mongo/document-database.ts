import type { JsonObject } from '@flowplane/contracts';
import type { MongoClient } from 'mongodb';
import { finalError } from '../../task-error.js';
import type { TaskAttempt } from '../../task-handler.js';
import type { DocumentQuery } from './document-query.js';
import { makeKnownCollections } from './known-collections.js';
import { asDocumentError, tookTooLong } from './mongo-fault.js';
import { runOperation } from './operations.js';
import type { DocumentScope } from './scope.js';

/**
 * Runs one query as the attempt's tenant.
 *
 * @param connection of the workspace; undefined for the operator's own database
 * @returns `result` of tasks 3.1
 */
export type RunDocumentQuery = (query: DocumentQuery, attempt: TaskAttempt, connection?: string) => Promise<JsonObject>;

/** The same in one database. */
export type RunDocumentCall = (
  query: DocumentQuery,
  by: { readonly tenant: DocumentScope; readonly signal: AbortSignal },
) => Promise<JsonObject>;

export type DocumentDatabaseOptions = {
  readonly client: MongoClient;
  readonly databaseName: string;
  /** Not that of a tenant's connection. */
  readonly isOperators: boolean;
  /** Longest operation, ms. */
  readonly timeoutMs: number;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxOutputBytes: number;
};

/** How much longer than its time an operation is waited for: the database should be the one to give up. */
const GRACE_MS = 2000;

/** The tenants' documents in one database. Connects with the first query. */
export function makeDocumentDatabase(options: DocumentDatabaseOptions): RunDocumentCall {
  const { client, databaseName, isOperators, timeoutMs, maxOutputBytes } = options;
  const db = client.db(databaseName);
  const collections = makeKnownCollections(db);
  return async (query, { tenant, signal }) => {
    if (query.databaseName !== undefined && query.databaseName !== databaseName) {
      throw finalError('SCHEMA_ERROR', '/databaseName: there is no such database.');
    }
    const late = AbortSignal.timeout(timeoutMs + GRACE_MS);
    const bounds = { signal: AbortSignal.any([signal, late]), maxTimeMs: timeoutMs };
    try {
      bounds.signal.throwIfAborted();
      await collections.require(query.collectionName, bounds);
      return await runOperation({ db, query, scope: tenant, ...bounds, maxBytes: maxOutputBytes });
    } catch (thrown) {
      if (late.aborted && !signal.aborted) throw tookTooLong();
      throw asDocumentError(thrown, isOperators);
    }
  };
}
