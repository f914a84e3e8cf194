import { ObjectId, type Document } from 'mongodb';
import { noPlaceHere, placeIn } from '../list-input.js';
import type { DocumentQuery } from './document-query.js';

/**
 * Where a page ended. Without an order of the author's it is the `_id` of the last document, so that documents added or
 * removed meanwhile shift nothing; with one it is the number of documents before it.
 */
type Place = { readonly order: string; readonly last?: StoredKey; readonly offset?: number };
type StoredKey = { readonly kind: 'text' | 'number' | 'objectId'; readonly value: string | number };

/** The order of a list, made total by `_id`. */
export const sortOf = ({ sort }: DocumentQuery): Readonly<Record<string, 1 | -1>> => {
  const order = new Map<string, 1 | -1>();
  for (const { field, descending } of sort) if (!order.has(field)) order.set(field, descending ? -1 : 1);
  if (!order.has('_id')) order.set('_id', 1);
  return Object.fromEntries(order);
};

/** `next` of a page that is not the last. */
export function placeAfter(query: DocumentQuery, lastId: unknown, documentsBefore: number): string {
  const last = query.sort.length === 0 ? storedKey(lastId) : undefined;
  const order = orderName(query);
  const place: Place = last === undefined ? { order, offset: documentsBefore } : { order, last };
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
}

function storedKey(id: unknown): StoredKey | undefined {
  if (typeof id === 'string') return { kind: 'text', value: id };
  if (typeof id === 'number') return { kind: 'number', value: id };
  return id instanceof ObjectId ? { kind: 'objectId', value: id.toHexString() } : undefined;
}

/** What a place means for the next query. */
export type Start = { readonly conditions: readonly Document[]; readonly offset: number };

/** @throws TaskError `VALIDATION_ERROR` for a text that is no place, or one of a list in another order */
export function startAfter(query: DocumentQuery): Start {
  if (query.after === undefined) return { conditions: [], offset: 0 };
  const place = placeIn<Place>(query.after);
  if (place?.order !== orderName(query)) throw noPlaceHere();
  const { last, offset } = place;
  if (last !== undefined && query.sort.length === 0) return { conditions: [isAfter(last)], offset: 0 };
  if (last !== undefined || !Number.isSafeInteger(offset) || offset === undefined || offset < 0) throw noPlaceHere();
  return { conditions: [], offset };
}

const orderName = (query: DocumentQuery): string => JSON.stringify(query.sort.length === 0 ? [] : sortOf(query));

/** In the order of the database, which compares values of one type only: ids of these types are behind all of the other. */
const TYPES_BEHIND = {
  number: ['string', 'object', 'binData', 'objectId', 'bool', 'date', 'timestamp'],
  text: ['object', 'binData', 'objectId', 'bool', 'date', 'timestamp'],
  objectId: ['bool', 'date', 'timestamp'],
} as const;

/** @throws TaskError `VALIDATION_ERROR`: what an author gives need not be what a page ended with */
function isAfter(last: unknown): Document {
  const { kind, value } = (last ?? {}) as Partial<Record<keyof StoredKey, unknown>>;
  if (kind === 'number' && typeof value === 'number') return behind(value, TYPES_BEHIND.number);
  if (kind === 'text' && typeof value === 'string') return behind(value, TYPES_BEHIND.text);
  if (kind === 'objectId' && typeof value === 'string' && ObjectId.isValid(value)) {
    return behind(new ObjectId(value), TYPES_BEHIND.objectId);
  }
  throw noPlaceHere();
}

const behind = (last: unknown, types: readonly string[]): Document => ({
  $or: [{ _id: { $gt: last } }, { _id: { $type: types } }],
});
