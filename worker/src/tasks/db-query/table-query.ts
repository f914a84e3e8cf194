import type { Json, JsonObject } from '@flowplane/contracts';
import { isJsonObject } from '@flowplane/contracts/flow/json';
import { finalError } from '../task-error.js';
import { readListInput, type ListInput } from './list-input.js';

export const TABLE_OPERATIONS = ['list', 'get', 'insert', 'update', 'delete'] as const;
export type TableOperation = (typeof TABLE_OPERATIONS)[number];

/** One call on a table, read from the input of the task; names are not yet known to exist. */
export type TableQuery = ListInput & {
  readonly operation: TableOperation;
  readonly databaseName: string | undefined;
  readonly schemaName: string;
  readonly tableName: string;
  readonly rowId: Json | undefined;
  readonly filter: JsonObject;
  readonly values: JsonObject;
};

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/**
 * Reads an input that fits the schema of the catalogue. `rowId` and `documentId` both name the row; `payload` stands for
 * `values` where those are absent.
 *
 * @throws TaskError `VALIDATION_ERROR` naming the pointer; nothing was asked of the database then
 */
export function readTableQuery(operation: TableOperation, params: JsonObject): TableQuery {
  const text = (name: string): string | undefined => params[name] as string | undefined;
  const tableName = text('tableName');
  if (tableName === undefined || tableName === '') throw invalid('/tableName is required for engine postgres');
  const query: TableQuery = {
    operation,
    databaseName: text('databaseName'),
    schemaName: text('schemaName') ?? 'public',
    tableName,
    rowId: params['rowId'] ?? params['documentId'],
    filter: (params['filter'] as JsonObject | undefined) ?? {},
    values: ((params['values'] ?? params['payload']) as JsonObject | undefined) ?? {},
    ...readListInput(params),
  };
  requireParts(query, params);
  return query;
}

function requireParts({ operation, filter, rowId, values, projection }: TableQuery, params: JsonObject): void {
  const selects = operation === 'get' || operation === 'update' || operation === 'delete';
  if (selects && rowId === undefined && Object.keys(filter).length === 0) {
    throw invalid(`${operation} needs /filter or /rowId: it would mean every row of the table`);
  }
  if (operation === 'insert' && !isJsonObject(params['values'] ?? params['payload'] ?? null)) {
    throw invalid('/values is required for insert');
  }
  if (operation === 'update' && Object.keys(values).length === 0) {
    throw invalid('/values must name at least one column to update');
  }
  if (projection?.length === 0) throw invalid('/projection must name at least one column');
}
