import type { CelInput, CelMap, CelUint, CelValue } from '@bufbuild/cel';
import { celList, celMap, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';
import { toJson } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Json, JsonObject } from '../json.js';
import { isJsonObject, setOwn, utf8Bytes } from '../json.js';
import { seesNullKeys } from './environment.js';

/** Largest result of one expression, in bytes of compact JSON (flow-language 6.4). */
export const MAX_RESULT_BYTES = 2_097_152;

const MAX_EXACT = 2n ** 53n;

/** A JSON value as CEL sees it (flow-language 6.2): an integral number up to 2^53 is an int, any other a double. */
export function celFromJson(value: Json): CelValue {
  if (typeof value === 'number') {
    return Number.isInteger(value) && Math.abs(value) <= Number(MAX_EXACT) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return celList(value.map(celFromJson));
  }
  return isJsonObject(value) ? celFromObject(value) : value;
}

/** Members are converted when the object is first looked into: a state of megabytes costs nothing until it is used. */
function celFromObject(object: JsonObject): CelMap {
  return seesNullKeys(celMap(new LazyMembers(object)));
}

/** A JSON object's own members as the read-only map the library wraps. */
class LazyMembers implements ReadonlyMap<string, CelInput> {
  #members: Map<string, CelInput> | undefined;

  constructor(readonly object: JsonObject) {}

  get size() {
    return this.#all().size;
  }

  get(key: string) {
    return this.#all().get(key);
  }

  has(key: string) {
    return this.#all().has(key);
  }

  forEach(visit: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void) {
    this.#all().forEach(visit);
  }

  keys() {
    return this.#all().keys();
  }

  values() {
    return this.#all().values();
  }

  entries() {
    return this.#all().entries();
  }

  [Symbol.iterator]() {
    return this.#all().entries();
  }

  #all(): Map<string, CelInput> {
    this.#members ??= new Map(Object.entries(this.object).map(([key, value]) => [key, celFromJson(value)]));
    return this.#members;
  }
}

/** Whole milliseconds of a CEL duration, undefined for any other value. */
export function durationMsOf(value: CelValue): number | undefined {
  if (!isReflectMessage(value, DurationSchema)) {
    return undefined;
  }
  const { seconds, nanos } = value.message as Duration;
  return Number(seconds) * 1000 + Math.round(nanos / 1_000_000);
}

/**
 * A CEL value as JSON (flow-language 6.2). Throws, with the reason as message, on NaN and infinities, types, messages
 * without a JSON form, map keys with equal text, and results over `limitBytes` of compact JSON.
 */
export function jsonFromCel(value: CelValue, limitBytes = MAX_RESULT_BYTES): Json {
  let remaining = limitBytes;
  const spend = (bytes: number) => {
    remaining -= bytes;
    if (remaining < 0) {
      throw new Error(`result is larger than ${limitBytes} bytes`);
    }
  };
  const convert = (part: CelValue): Json => {
    if (isCelList(part)) {
      spend(2 + Math.max(0, part.size - 1));
      return Array.from(part, convert);
    }
    if (isCelMap(part)) {
      spend(2 + Math.max(0, part.size - 1));
      return convertMap(part, convert, spend);
    }
    if (part instanceof Uint8Array && part.length > remaining) {
      spend(part.length);
    }
    const scalar = jsonScalar(part);
    spend(utf8Bytes(JSON.stringify(scalar)));
    return scalar;
  };
  return convert(value);
}

function convertMap(map: CelMap, convert: (value: CelValue) => Json, spend: (bytes: number) => void): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of map) {
    const name = keyText(key);
    if (Object.hasOwn(object, name)) {
      throw new Error(`two map keys have the text '${name}'`);
    }
    spend(utf8Bytes(JSON.stringify(name)) + 1);
    setOwn(object, name, convert(value));
  }
  return object;
}

function keyText(key: bigint | string | boolean | CelUint): string {
  return isCelUint(key) ? key.value.toString() : key.toString();
}

function jsonScalar(value: CelValue): null | boolean | number | string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return jsonInteger(value);
    case 'number':
      if (!Number.isFinite(value)) {
        throw new Error('result is not a finite number');
      }
      return value;
    default:
      return jsonFromObject(value);
  }
}

function jsonInteger(value: bigint): number | string {
  return value <= MAX_EXACT && value >= -MAX_EXACT ? Number(value) : value.toString();
}

function jsonFromObject(value: Exclude<CelValue, string | boolean | bigint | number>): null | number | string {
  if (value === null) {
    return null;
  }
  if (isCelUint(value)) {
    return jsonInteger(value.value);
  }
  if (value instanceof Uint8Array) {
    return base64(value);
  }
  if (isReflectMessage(value, TimestampSchema)) {
    return toJson(TimestampSchema, value.message as Timestamp);
  }
  if (isReflectMessage(value, DurationSchema)) {
    return toJson(DurationSchema, value.message as Duration);
  }
  throw new Error(`result is a ${isCelType(value) ? 'type' : 'message'}, which has no JSON form`);
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}
