import type { CelFunc, CelUint } from '@bufbuild/cel';
import { celFunc, CelScalar, celUint } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { TIMESTAMP_TYPE } from './time-accessors.js';

const { DOUBLE, INT, STRING, UINT } = CelScalar;

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const MIN_TIMESTAMP_SECONDS = -62_135_596_800n;
const MAX_TIMESTAMP_SECONDS = 253_402_300_799n;

/**
 * Conversions where the library follows JavaScript instead of CEL: it reads `""` as 0, `"0x10"` as 16, `"abc"` as
 * NaN, and takes the argument of `timestamp(int)` as milliseconds.
 */
export const CONVERSIONS: CelFunc[] = [
  celFunc('int', [STRING], INT, stringToInt),
  celFunc('uint', [STRING], UINT, stringToUint),
  celFunc('double', [STRING], DOUBLE, stringToDouble),
  celFunc('timestamp', [INT], TIMESTAMP_TYPE, secondsToTimestamp),
];

/** True when a literal or result fits CEL's 64-bit signed integer. */
export function isInt64(value: bigint): boolean {
  return value >= MIN_INT && value <= MAX_INT;
}

/** True when a value fits CEL's 64-bit unsigned integer. */
export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= MAX_UINT;
}

function stringToInt(text: string): bigint {
  const value = /^[+-]?\d{1,32}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
  if (value === undefined || !isInt64(value)) {
    throw new Error('text is not an int');
  }
  return value;
}

function stringToUint(text: string): CelUint {
  const value = /^\d{1,32}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || !isUint64(value)) {
    throw new Error('text is not a uint');
  }
  return celUint(value);
}

function stringToDouble(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    return Number(text);
  }
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) {
    throw new Error('text is not a double');
  }
  const size = special[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
  return special[1] === '-' ? -size : size;
}

function secondsToTimestamp(seconds: bigint) {
  if (seconds < MIN_TIMESTAMP_SECONDS || seconds > MAX_TIMESTAMP_SECONDS) {
    throw new Error('timestamp out of range');
  }
  return create(TimestampSchema, { seconds });
}
