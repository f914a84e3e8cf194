import type { Json, JsonObject } from '@flowplane/contracts';
import { jsonBytes } from '@flowplane/contracts/flow/json';
import { MongoServerError, type Db, type Document } from 'mongodb';
import { finalError } from '../../task-error.js';
import { filterOf } from './conditions.js';
import type { DocumentQuery } from './document-query.js';
import { itemOf } from './json-values.js';
import { placeAfter, sortOf, startAfter } from './page.js';
import { givenId, newStoredId, withoutScope, type DocumentScope } from './scope.js';

/** One call, and what bounds it. */
export type Call = {
  readonly db: Db;
  readonly query: DocumentQuery;
  readonly scope: DocumentScope;
  readonly signal: AbortSignal;
  /** The database gives up a command after this, ms. */
  readonly maxTimeMs: number;
  /** Most bytes of documents as JSON. */
  readonly maxBytes: number;
};

/** Documents that the database sends at once. */
const BATCH_SIZE = 200;

/** Numbers are read with their types, so that none loses a digit. */
const READ_OPTIONS = { promoteLongs: false, promoteBuffers: false } as const;

/** Runs one query. @returns `result` of tasks 3.1 @throws TaskError, or what the driver throws */
export function runOperation(call: Call): Promise<JsonObject> {
  switch (call.query.operation) {
    case 'list':
      return list(call);
    case 'get':
      return get(call);
    case 'insert':
      return insert(call);
    case 'update':
      return update(call);
    case 'replace':
      return replace(call);
    case 'delete':
      return remove(call);
  }
}

async function list(call: Call): Promise<JsonObject> {
  const { query, scope } = call;
  const { pageSize } = query;
  const start = startAfter(query);
  // One document more than the page tells whether there is another page.
  const { found, hasMore } = await find(call, { start, limit: pageSize + 1, keep: pageSize });
  const next = hasMore ? placeAfter(query, found.at(-1)?.['_id'], start.offset + found.length) : null;
  return { items: found.map((document) => shown(document, query, scope)), page: { size: pageSize, next } };
}

async function get(call: Call): Promise<JsonObject> {
  const { found } = await find(call, { start: { conditions: [], offset: 0 }, limit: 1, keep: 1 });
  const [document] = found;
  return { item: document === undefined ? null : shown(document, call.query, call.scope) };
}

type Range = { readonly start: ReturnType<typeof startAfter>; readonly limit: number; readonly keep: number };

async function find(
  { db, query, scope, signal, maxTimeMs, maxBytes }: Call,
  { start, limit, keep }: Range,
): Promise<{ readonly found: readonly Document[]; readonly hasMore: boolean }> {
  const filter = filterOf(query, scope);
  const { conditions, offset } = start;
  const cursor = db
    .collection(query.collectionName)
    .find(conditions.length === 0 ? filter : { $and: [filter, ...conditions] }, {
      ...READ_OPTIONS,
      ...{ signal, maxTimeMS: maxTimeMs, batchSize: Math.min(limit, BATCH_SIZE), limit, skip: offset },
      sort: sortOf(query),
      // The id is read in any case: it is where the next page begins.
      ...(query.projection === undefined ? {} : { projection: { ...included(query.projection), _id: 1 } }),
    });
  const found: Document[] = [];
  let bytes = 0;
  try {
    for (let document = await cursor.next(); document !== null; document = await cursor.next()) {
      if (found.length === keep) return { found, hasMore: true };
      found.push(document);
      bytes += jsonBytes(itemOf(document, scope));
      if (bytes > maxBytes) {
        const message = 'The documents hold more than a task may return; use /projection or /page/size.';
        throw finalError('PAYLOAD_TOO_LARGE', message);
      }
    }
  } finally {
    // Not waited for: a server that is silent must not keep a call that was given up.
    void cursor.close().catch(() => undefined);
  }
  return { found, hasMore: false };
}

const included = (names: readonly string[]): Readonly<Record<string, 1>> =>
  Object.fromEntries(names.map((name) => [name, 1]));

function shown(document: Document, { projection }: DocumentQuery, scope: DocumentScope): JsonObject {
  const item = itemOf(document, scope);
  if (projection === undefined || projection.includes('_id')) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== '_id')) as { [key: string]: Json };
}

async function insert(call: Call): Promise<JsonObject> {
  const { query, scope } = call;
  const { _id: _given, ...values } = withoutScope(query.values, scope);
  const document = { _id: newStoredId(query.values, query.documentId, scope), ...ownedBy(scope), ...values };
  await write(call, { insert: query.collectionName, documents: [document] });
  return { item: shown(projected(document, query), query, scope) };
}

function projected(document: Document, { projection }: DocumentQuery): Document {
  if (projection === undefined) return document;
  return Object.fromEntries(Object.entries(document).filter(([name]) => projection.includes(name)));
}

async function update(call: Call): Promise<JsonObject> {
  const { query, scope } = call;
  const values = withoutScope(query.values, scope);
  if (Object.hasOwn(values, '_id')) throw finalError('VALIDATION_ERROR', '/values/_id: the id of a document stays');
  if (Object.keys(values).length === 0) {
    throw finalError('VALIDATION_ERROR', '/values must name at least one field to update');
  }
  const change = { q: filterOf(query, scope), u: { $set: values }, multi: true };
  return { count: await write(call, { update: query.collectionName, updates: [change] }) };
}

async function replace(call: Call): Promise<JsonObject> {
  const { query, scope } = call;
  const given = givenId(query.values);
  if (given !== undefined && given !== query.documentId) {
    throw finalError('VALIDATION_ERROR', '/values/_id must be that of /documentId: the id of a document stays');
  }
  const { _id: _same, ...values } = withoutScope(query.values, scope);
  const change = { q: filterOf(query, scope), u: { ...ownedBy(scope), ...values }, multi: false };
  return { count: await write(call, { update: query.collectionName, updates: [change] }) };
}

async function remove(call: Call): Promise<JsonObject> {
  const { query, scope } = call;
  const change = { q: filterOf(query, scope), limit: 0 };
  return { count: await write(call, { delete: query.collectionName, deletes: [change] }) };
}

const ownedBy = ({ tenantId, workspaceId }: DocumentScope): DocumentScope => ({ tenantId, workspaceId });

type WriteAnswer = {
  readonly n?: number;
  readonly writeErrors?: readonly { readonly code?: number }[];
  readonly writeConcernError?: { readonly code?: number };
};

/** Runs one command that writes. As a command it ends with the signal. @returns how many documents it found */
async function write({ db, signal, maxTimeMs }: Call, command: Document): Promise<number> {
  const answer = (await db.command({ ...command, maxTimeMS: maxTimeMs }, { signal })) as WriteAnswer;
  const fault = answer.writeErrors?.[0] ?? answer.writeConcernError;
  if (fault !== undefined) throw new MongoServerError({ code: fault.code, message: 'the write failed' });
  return Number(answer.n ?? 0);
}
