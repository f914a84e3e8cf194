import { readJson } from '@flowplane/plumbing/json';

/** Largest input of a run (flows-api 6.1, 10.5). */
export const MAX_INPUT_BYTES = 2_097_152;

/**
 * The input that a body or record value becomes (flows-api 10.5, 11.2), as JSON text: an object as it is, nothing as
 * `{}`, any other JSON as `{"raw": value}`, anything else as `{"raw": "<text>"}`. JSON that could not be passed on as it
 * is (nested too deeply, numbers without end) counts as text. Integers that a JSON number cannot hold exactly become their
 * decimal text: the sender is somebody else's.
 */
export function triggerInput(value: Buffer): string {
  if (value.length === 0) return '{}';
  const read = readJson(value, 'text');
  if (!read.ok) return JSON.stringify({ raw: value.toString('utf8') });
  const isObject = typeof read.value === 'object' && read.value !== null && !Array.isArray(read.value);
  return JSON.stringify(isObject ? read.value : { raw: read.value });
}
