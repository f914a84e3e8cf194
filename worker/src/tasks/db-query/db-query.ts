import type { JsonObject } from '@flowplane/contracts';
import { connectionNameOf } from '../connections/connection-name.js';
import { finalError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';
import type { RunDocumentQuery } from './mongo/document-database.js';
import { DOCUMENT_OPERATIONS, readDocumentQuery } from './mongo/document-query.js';
import { notConfigured } from './not-configured.js';
import { readTableQuery, TABLE_OPERATIONS, type TableQuery } from './table-query.js';

/**
 * Runs one query as the attempt's tenant.
 *
 * @param connection of the workspace; undefined for the operator's own database
 * @returns `result` of tasks 3.1
 */
export type RunTableQuery = (query: TableQuery, attempt: TaskAttempt, connection?: string) => Promise<JsonObject>;

/**
 * `db.query` (tasks 3.1).
 *
 * @param postgres undefined where there is no such engine
 * @param mongo undefined where there is no such engine
 */
export function makeDbQuery(postgres: RunTableQuery | undefined, mongo?: RunDocumentQuery): TaskHandler {
  return async (params, attempt) => {
    const { engine, operation } = params;
    const connection = connectionNameOf(params);
    if (engine === 'mongo') {
      if (mongo === undefined) throw notConfigured();
      const query = readDocumentQuery(knownOperation(operation, DOCUMENT_OPERATIONS, engine), params);
      return { result: await mongo(query, attempt, connection) };
    }
    if (engine !== 'postgres') throw finalError('SCHEMA_ERROR', '/engine must be one of "postgres", "mongo"');
    const query = readTableQuery(knownOperation(operation, TABLE_OPERATIONS, engine), params);
    if (postgres === undefined) throw notConfigured();
    return { result: await postgres(query, attempt, connection) };
  };
}

function knownOperation<T extends string>(operation: unknown, operations: readonly T[], engine: string): T {
  const known = operations.find((name) => name === operation);
  if (known !== undefined) return known;
  const names = operations.map((name) => JSON.stringify(name)).join(', ');
  throw finalError('SCHEMA_ERROR', `/operation must be one of ${names} for engine ${engine}`);
}
