import { utf8Bytes, type Json } from './json.js';

/**
 * How many bytes a value takes as compact JSON in UTF-8, found without writing it. Parts that are used in several places
 * (as YAML aliases make them) count in each.
 *
 * @returns undefined as soon as it is known to be more than `max`: that takes at most as many steps, also of a value
 *   that contains itself
 */
export function compactBytes(root: Json, max: number): number | undefined {
  let bytes = 0;
  const pending: Json[] = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === 'string') {
      bytes += textBytes(value, max - bytes);
    } else if (typeof value === 'object' && value !== null) {
      const names = Array.isArray(value) ? undefined : Object.keys(value);
      const members = Object.values(value) as Json[];
      bytes += 2 + Math.max(0, members.length - 1);
      for (const name of names ?? []) {
        bytes += textBytes(name, max - bytes) + 1;
      }
      if (bytes <= max) {
        for (const member of members) {
          pending.push(member);
        }
      }
    } else {
      bytes += JSON.stringify(value).length;
    }
    if (bytes > max) {
      return undefined;
    }
  }
  return bytes;
}

/** A text between its quotes, with its escapes; no longer looked at than it takes to be more than `max`. */
function textBytes(text: string, max: number): number {
  return text.length > max ? text.length : utf8Bytes(JSON.stringify(text));
}

/**
 * Whether a value has more than `max` members and items, those of parts that are used in several places counted in each.
 * Takes at most as many steps as it may have values.
 */
export function hasMoreValues(root: Json, max: number): boolean {
  let values = 0;
  const pending: Json[] = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.values(value) as Json[];
    values += members.length;
    if (values > max) return true;
    for (const member of members) pending.push(member);
  }
  return false;
}
