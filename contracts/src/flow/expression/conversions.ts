import type { CelFunc, CelUint } from '@bufbuild/cel';
import { celFunc, CelScalar, celUint, objectType } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { parseTimestamp } from '../timestamp.js';
import { TIMESTAMP_TYPE } from './time-accessors.js';

const { DOUBLE, INT, STRING, UINT } = CelScalar;

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const MIN_TIMESTAMP_SECONDS = -62_135_596_800n;
const MAX_TIMESTAMP_SECONDS = 253_402_300_799n;

const DURATION_TYPE = objectType(DurationSchema);
const DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|ms|s|m|h))+)$/;
const UNIT_NANOS = {
  ...{ ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n },
  ...{ m: 60_000_000_000n, h: 3_600_000_000_000n },
} as const;
/** Longest text of a duration in characters: more is none that anybody writes. */
const MAX_DURATION_TEXT = 128;

/**
 * Conversions where the library follows JavaScript instead of CEL: it reads `""` as 0, `"0x10"` as 16, `"abc"` as
 * NaN, takes the argument of `timestamp(int)` as milliseconds and 30 February for a day in March, and `""` for 0 s.
 */
export const CONVERSIONS: CelFunc[] = [
  celFunc('int', [STRING], INT, stringToInt),
  celFunc('uint', [STRING], UINT, stringToUint),
  celFunc('double', [STRING], DOUBLE, stringToDouble),
  celFunc('timestamp', [INT], TIMESTAMP_TYPE, secondsToTimestamp),
  celFunc('timestamp', [STRING], TIMESTAMP_TYPE, textToTimestamp),
  celFunc('duration', [STRING], DURATION_TYPE, textToDuration),
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

function textToTimestamp(text: string) {
  const moment = parseTimestamp(text);
  if (moment === undefined) {
    throw new Error('text is not a timestamp');
  }
  return create(TimestampSchema, { ...secondsToTimestamp(BigInt(moment.seconds)), nanos: moment.nanos });
}

/** Numbers with the units of cel-spec, one behind the other, or zero without a unit. */
function textToDuration(text: string) {
  if (text.length > MAX_DURATION_TEXT || !DURATION.test(text)) {
    throw new Error('text is not a duration');
  }
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit] of text.matchAll(/(\d*)\.?(\d*)(ns|us|ms|s|m|h)/g)) {
    const factor = UNIT_NANOS[unit as keyof typeof UNIT_NANOS];
    nanos += BigInt(whole) * factor + (BigInt(fraction) * factor) / 10n ** BigInt(fraction.length);
  }
  const signed = text.startsWith('-') ? -nanos : nanos;
  if (!isInt64(signed)) {
    throw new Error('duration out of range');
  }
  return create(DurationSchema, { seconds: signed / 1_000_000_000n, nanos: Number(signed % 1_000_000_000n) });
}
