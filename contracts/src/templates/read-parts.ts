import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import type { TextMap } from './document.js';
import { CONTENT_INVALID, refuse } from './errors.js';

// Parts of a document, read as the original's parser reads them: a number or boolean is its text. All of these end the
// present `checked` when a part has another form.

/** Whether a member is left out, or null. */
export const isAbsent = (value: Json | undefined): boolean => value === undefined || value === null;

/** A text; numbers and booleans are theirs. */
export function readText(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : refuse(400, CONTENT_INVALID);
}

export function readObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : refuse(400, CONTENT_INVALID);
}

export function readArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : refuse(400, CONTENT_INVALID);
}

export function readTexts(value: Json | undefined): string[] {
  return readArray(value).map(readText);
}

export function readTextMap(value: Json | undefined): TextMap {
  return Object.fromEntries(Object.entries(readObject(value)).map(([name, text]) => [name, readText(text)]));
}

/** Milliseconds since 1970, as a number or its digits. */
export function readTime(value: Json | undefined): number {
  const time = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof time === 'number' && Number.isSafeInteger(time) ? time : refuse(400, CONTENT_INVALID);
}
