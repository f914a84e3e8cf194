import type { Json, JsonObject } from '@flowplane/contracts';
import { setOwn } from '@flowplane/contracts/flow/json';
import { ObjectId, type Document } from 'mongodb';
import { finalError } from '../../task-error.js';
import { checkedId, type DocumentId } from './names.js';

/** Whose documents a call may touch. */
export type DocumentScope = { readonly tenantId: string; readonly workspaceId: string };

/** The members of every document that say whose it is. */
export const SCOPE_FIELDS = ['tenantId', 'workspaceId'] as const;

/** What every filter begins with, whatever the author adds to it. */
export const scopeConditions = (scope: DocumentScope): readonly Document[] =>
  SCOPE_FIELDS.map((field) => ({ [field]: { $eq: scope[field] } }));

/**
 * The fields of a document or of an update without those that say whose it is.
 *
 * @throws TaskError `FORBIDDEN` where they name another tenant or workspace
 */
export function withoutScope(values: JsonObject, scope: DocumentScope): JsonObject {
  const rest: { [key: string]: Json } = {};
  for (const [name, value] of Object.entries(values)) {
    if (name !== 'tenantId' && name !== 'workspaceId') setOwn(rest, name, value);
    else if (value !== scope[name]) {
      throw finalError('FORBIDDEN', `/values/${name} names another ${name === 'tenantId' ? 'tenant' : 'workspace'}.`);
    }
  }
  return rest;
}

/**
 * `_id` of a document whose id an author chose. It holds the scope, so that another tenant's document of the same id is
 * another document, and the id as JSON, so that 1 and "1" are two.
 */
const scopedId = (id: DocumentId, scope: DocumentScope): string => `${prefixOf(scope)}${JSON.stringify(id)}`;

const prefixOf = ({ tenantId, workspaceId }: DocumentScope): string => `${tenantId}/${workspaceId}/`;

/** What `_id` may be in the database of a document that the author calls `id`; some are made by other programs. */
export function storedIds(id: DocumentId, scope: DocumentScope): readonly unknown[] {
  const isObjectId = typeof id === 'string' && /^[0-9a-f]{24}$/i.test(id);
  return [scopedId(id, scope), id, ...(isObjectId ? [new ObjectId(id)] : [])];
}

/** `_id` of a new document: the author's, or a new one. */
export function newStoredId(
  values: JsonObject,
  documentId: DocumentId | undefined,
  scope: DocumentScope,
): string | ObjectId {
  const id = givenId(values) ?? documentId;
  if (documentId !== undefined && id !== documentId) {
    throw finalError('VALIDATION_ERROR', '/values/_id and /documentId differ');
  }
  return id === undefined ? new ObjectId() : scopedId(id, scope);
}

/** `_id` among the values; undefined without one. @throws TaskError `VALIDATION_ERROR` */
export const givenId = (values: JsonObject): DocumentId | undefined =>
  Object.hasOwn(values, '_id') ? checkedId(values['_id'] ?? null, '/values/_id') : undefined;

/** The author's id in a stored `_id`; undefined where it holds none. */
export function authorsId(stored: unknown, scope: DocumentScope): DocumentId | undefined {
  const prefix = prefixOf(scope);
  if (typeof stored !== 'string' || !stored.startsWith(prefix)) return undefined;
  try {
    const id: unknown = JSON.parse(stored.slice(prefix.length));
    return typeof id === 'string' || typeof id === 'number' ? id : undefined;
  } catch {
    return undefined; // another program's own text
  }
}
