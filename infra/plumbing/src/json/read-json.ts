import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { firstPointer, inexactIntegersIn, withQuoted, type LiteralPlace } from '@flowplane/contracts';
import { exceededBound } from './json-bounds.js';

/**
 * What becomes of integers beyond ±2^53, which a JSON number of ours cannot hold exactly: `refuse` where the sender can
 * be told, `text` (its decimal text) where the sender is somebody else's.
 */
export type InexactIntegers = 'refuse' | 'text';

/** A value that `JSON.stringify` gives back as it was, or why the bytes are none. */
export type ReadJson =
  | { readonly ok: true; readonly value: unknown }
  /** `isJson`: they are JSON, with something in it that could not be passed on. `reason` follows a subject. */
  | { readonly ok: false; readonly isJson: boolean; readonly reason: string };

/** Reads JSON in UTF-8; a byte order mark in front of it counts for nothing. */
export function readJson(body: Buffer, integers: InexactIntegers): ReadJson {
  const bytes = withoutMark(body);
  if (exceededBound(bytes, { depth: MAX_DEPTH }) === 'depth')
    return refused(false, `is nested deeper than ${MAX_DEPTH} levels.`);
  if (!isUtf8(bytes)) return refused(false, 'is not UTF-8.');
  const text = bytes.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    const inexact = inexactIntegersIn(text);
    const [first] = inexact;
    if (first !== undefined && integers === 'refuse') return refused(true, inexactReason(text, first));
    const value: unknown = first === undefined ? parsed : JSON.parse(withQuoted(text, inexact));
    return MAY_OVERFLOW.test(text) && !hasFiniteNumbers(value)
      ? refused(true, 'has a number beyond ±1.8e308.')
      : { ok: true, value };
  } catch (cause) {
    return refused(false, `is not JSON${cause instanceof Error ? `: ${cause.message}` : ''}`);
  }
}

/** The bytes without the byte order mark that some senders put in front of UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

const refused = (isJson: boolean, reason: string): ReadJson => ({ ok: false, isJson, reason });

const SHOWN_DIGITS = 40;

function inexactReason(text: string, place: LiteralPlace): string {
  const digits = text.slice(place.start, place.end);
  const shown = digits.length > SHOWN_DIGITS ? `${digits.slice(0, SHOWN_DIGITS)}…` : digits;
  // The literal is replaced by a text that is nowhere else, which the parsed value then leads to.
  const mark = randomUUID();
  const marked: unknown = JSON.parse(`${text.slice(0, place.start)}"${mark}"${text.slice(place.end)}`);
  const pointer = firstPointer(marked, (found) => found === mark) ?? '';
  return `has an integer beyond 2^53 at ${JSON.stringify(pointer)}: ${shown}; send it as a string.`;
}

/** No text without either has a number that reads as infinite; looking through every body would cost more. */
const MAY_OVERFLOW = /\d{300}|[eE]\+?\d{2}/;

/** Whether all numbers of a JSON value are; one that is not would be written as `null` later on. */
function hasFiniteNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasFiniteNumbers);
}

/** As for YAML. What a body goes through afterwards recurses, `JSON.stringify` included. */
const MAX_DEPTH = 500;

/**
 * Why a text is not to be read, as a sentence; undefined where it has at most so many members and items. Reading takes time
 * by their number far more than by the text's length. One that is nested too deeply is not read either.
 *
 * @param what the text is, as the subject of the sentence
 */
export function tooManyValues(what: string, body: Buffer, maxValues: number): string | undefined {
  if (exceededBound(withoutMark(body), { depth: MAX_DEPTH, values: maxValues }) !== 'values') return undefined;
  return `${what} has more than ${maxValues} values: members of objects and items of lists, counted together.`;
}
