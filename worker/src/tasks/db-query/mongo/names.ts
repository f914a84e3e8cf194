import type { Json, JsonObject } from '@flowplane/contracts';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import { finalError } from '../../task-error.js';

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/** Levels of objects and lists in a document; the database refuses deeper ones itself, less plainly. */
const MAX_DOCUMENT_DEPTH = 80;

/** Names that mean something to the driver or to JavaScript. */
const SPECIAL_FIELDS = new Set(['__proto__', '_bsontype']);

/**
 * The name of a field, in a filter or in a document. One that begins with `$` would be an operator, one with a dot a path.
 *
 * @throws TaskError `VALIDATION_ERROR`
 */
export function checkedField(name: string, pointer: string): string {
  if (name === '' || name.startsWith('$') || /[.\0]/.test(name) || SPECIAL_FIELDS.has(name)) {
    throw invalid(`${pointer}: the name of a field is not empty, does not begin with $, and holds no dot`);
  }
  return name;
}

/** A document, or a value in a filter, whose fields have names as `checkedField` takes them, at every depth. */
export function checkedValue<T extends Json>(value: T, pointer: string, depth = 1): T {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DOCUMENT_DEPTH) throw invalid(`${pointer} is nested deeper than ${MAX_DOCUMENT_DEPTH} levels`);
  for (const [name, inner] of Object.entries(value)) {
    const at = pointerTo(pointer, name);
    if (!Array.isArray(value)) checkedField(name, at);
    checkedValue(inner, at, depth + 1);
  }
  return value;
}

export const checkedDocument = (document: JsonObject, pointer: string): JsonObject => checkedValue(document, pointer);

/** What an author calls a document by. */
export type DocumentId = string | number;

/** @throws TaskError `VALIDATION_ERROR` */
export function checkedId(value: Json, pointer: string): DocumentId {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw invalid(`${pointer} must be a text or a number`);
}

const COLLECTION = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_COLLECTION_CHARS = 120;

/**
 * The name of a collection. Those of the system are not for tenants.
 *
 * @throws TaskError `VALIDATION_ERROR` where it is absent, `FORBIDDEN` for one of the system, `SCHEMA_ERROR` for a text that no
 *   collection is called
 */
export function checkedCollection(name: Json | undefined): string {
  if (typeof name !== 'string' || name === '') throw invalid('/collectionName is required for engine mongo');
  if (/^system(\.|$)/i.test(name)) throw finalError('FORBIDDEN', '/collectionName is a collection of the system.');
  if (name.length > MAX_COLLECTION_CHARS || !COLLECTION.test(name)) {
    throw finalError('SCHEMA_ERROR', '/collectionName: there is no such collection.');
  }
  return name;
}
