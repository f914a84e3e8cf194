import type { JsonObject } from '@flowplane/contracts';
import { finalError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';
import { readTableQuery, TABLE_OPERATIONS, type TableOperation, type TableQuery } from './table-query.js';

/** Runs one query as the attempt's tenant. @returns `result` of tasks 3.1 */
export type RunTableQuery = (query: TableQuery, attempt: TaskAttempt) => Promise<JsonObject>;

const isTableOperation = (text: unknown): text is TableOperation =>
  (TABLE_OPERATIONS as readonly unknown[]).includes(text);

/**
 * `db.query` (tasks 3.1).
 *
 * @param postgres undefined where FLOWS_DATA_POSTGRES_URL is not set
 */
export function makeDbQuery(postgres: RunTableQuery | undefined): TaskHandler {
  return async (params, attempt) => {
    const { engine, operation } = params;
    if (engine === 'mongo') {
      throw finalError('CAPABILITY_UNAVAILABLE', "Tasks of type 'db.query' have no engine mongo here.");
    }
    if (engine !== 'postgres') throw finalError('SCHEMA_ERROR', '/engine must be one of "postgres", "mongo"');
    if (!isTableOperation(operation)) {
      const known = TABLE_OPERATIONS.map((name) => JSON.stringify(name)).join(', ');
      throw finalError('SCHEMA_ERROR', `/operation must be one of ${known} for engine postgres`);
    }
    const query = readTableQuery(operation, params);
    if (postgres === undefined) {
      throw finalError('CAPABILITY_UNAVAILABLE', "Tasks of type 'db.query' are not configured here.");
    }
    return { result: await postgres(query, attempt) };
  };
}
