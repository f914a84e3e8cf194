import type { Json, JsonObject } from '@flowplane/contracts';
import { isJsonObject } from '@flowplane/contracts/flow/json';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import { finalError } from '../../task-error.js';
import { readListInput, type ListInput } from '../list-input.js';
import { checkedCollection, checkedDocument, checkedField, checkedId, type DocumentId } from './names.js';

export const DOCUMENT_OPERATIONS = ['list', 'get', 'insert', 'update', 'replace', 'delete'] as const;
export type DocumentOperation = (typeof DOCUMENT_OPERATIONS)[number];

/** One call on a collection, read from the input of the task: names and documents are checked, values are plain JSON. */
export type DocumentQuery = ListInput & {
  readonly operation: DocumentOperation;
  readonly databaseName: string | undefined;
  readonly collectionName: string;
  readonly documentId: DocumentId | undefined;
  readonly filter: JsonObject;
  /** Of insert and replace the document, of update the fields to set; of the others empty. */
  readonly values: JsonObject;
};

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/**
 * Reads an input that fits the schema of the catalogue. `documentId` and `rowId` both name the document; `payload` stands
 * for `values` where those are absent.
 *
 * @throws TaskError `VALIDATION_ERROR` naming the pointer, `SCHEMA_ERROR` and `FORBIDDEN` for names of collections; nothing
 *   was asked of the database then
 */
export function readDocumentQuery(operation: DocumentOperation, params: JsonObject): DocumentQuery {
  const list = readListInput(params);
  const filter = (params['filter'] as JsonObject | undefined) ?? {};
  const id = params['documentId'] ?? params['rowId'];
  for (const field of Object.keys(filter)) checkedField(field, pointerTo('/filter', field));
  const query: DocumentQuery = {
    operation,
    databaseName: params['databaseName'] as string | undefined,
    collectionName: checkedCollection(params['collectionName']),
    documentId: id === undefined ? undefined : checkedId(id, '/documentId'),
    filter,
    values: valuesOf(operation, params),
    ...list,
    projection: list.projection?.map((name, index) => checkedField(name, `/projection/${index}`)),
    sort: list.sort.map(({ field, descending }, index) => ({
      field: checkedField(field, `/sort/${index}/field`),
      descending,
    })),
  };
  requireParts(query);
  return query;
}

function valuesOf(operation: DocumentOperation, params: JsonObject): JsonObject {
  if (operation !== 'insert' && operation !== 'update' && operation !== 'replace') return {};
  const name = params['values'] === undefined ? 'payload' : 'values';
  const values: Json = params[name] ?? null;
  if (!isJsonObject(values)) throw invalid(`/values is required for ${operation}`);
  return checkedDocument(values, `/${name}`);
}

function requireParts({ operation, filter, documentId, values, projection }: DocumentQuery): void {
  const selects = operation !== 'list' && operation !== 'insert';
  if (selects && documentId === undefined && Object.keys(filter).length === 0) {
    throw invalid(`${operation} needs /filter or /documentId: it would mean every document of the collection`);
  }
  if (operation === 'update' && Object.keys(values).length === 0) {
    throw invalid('/values must name at least one field to update');
  }
  if (projection?.length === 0) throw invalid('/projection must name at least one field');
}
