import type { Json, JsonObject } from '@flowplane/contracts';
import { setOwn } from '@flowplane/contracts/flow/json';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID, type Document } from 'mongodb';
import { authorsId, type DocumentScope } from './scope.js';

/**
 * A stored document as JSON: ids as texts, times as RFC 3339, bytes as base64, numbers where a double holds them exactly
 * and else their decimal text. What JSON has no word for is text.
 */
export function itemOf(document: Document, scope: DocumentScope): JsonObject {
  const item: { [key: string]: Json } = {};
  for (const [name, value] of Object.entries(document)) {
    const id = name === '_id' ? authorsId(value, scope) : undefined;
    setOwn(item, name, id ?? jsonOf(value));
  }
  return item;
}

function jsonOf(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return exactly(value);
    case 'object':
      return value === null ? null : objectJson(value);
    default:
      return null;
  }
}

const exactly = (value: bigint): Json => (BigInt(Number(value)) === value ? Number(value) : String(value));

const isPlainObject = (value: unknown): value is Document =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !('_bsontype' in value) &&
  !(value instanceof Date);

function objectJson(value: object): Json {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Long) return exactly(value.toBigInt());
  if (value instanceof Int32 || value instanceof Double) return jsonOf(value.value);
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof UUID) return value.toHexString();
  if (value instanceof Binary) {
    return value.sub_type === Binary.SUBTYPE_UUID && value.length() === 16
      ? value.toUUID().toHexString()
      : Buffer.from(value.value()).toString('base64');
  }
  if (isPlainObject(value)) {
    const object: { [key: string]: Json } = {};
    for (const [name, inner] of Object.entries(value)) setOwn(object, name, jsonOf(inner));
    return object;
  }
  return JSON.stringify(value);
}
