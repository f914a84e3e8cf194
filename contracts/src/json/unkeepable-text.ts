import type { JsonObject } from '../flow/json.js';
import { pointerTo } from '../flow/pointer.js';

/** With the flag `u` only a surrogate that has no partner is one. */
// eslint-disable-next-line no-control-regex
const UNKEEPABLE = /[\0\p{Surrogate}]/u;

/** True for a text that Postgres (NUL) or Unicode (half of a surrogate pair alone) cannot keep as it is. */
export function isUnkeepable(text: string): boolean {
  return UNKEEPABLE.test(text);
}

/**
 * The first text in a JSON value, a member's name included, that cannot be kept (flows-api 1.5).
 *
 * @returns its pointer (of the object, where it is a name); undefined: there is none
 */
export function unkeepableTextIn(value: unknown): string | undefined {
  return firstPointer(value, isUnkeepable);
}

/**
 * Pointer of the first text in a JSON value that a test finds, depth first in the order of the members; of the object,
 * where the text is a member's name. Recurses: the value must not nest deeper than a body may.
 */
export function firstPointer(value: unknown, finds: (text: string) => boolean): string | undefined {
  if (typeof value === 'string') return finds(value) ? '' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Array.isArray(value) ? firstInList(value, finds) : firstInObject(value as JsonObject, finds);
}

function firstInList(list: readonly unknown[], finds: (text: string) => boolean): string | undefined {
  // By index: entries of a list of millions would cost more than all that they hold.
  for (let index = 0; index < list.length; index++) {
    const found = firstPointer(list[index], finds);
    if (found !== undefined) return pointerTo('', index) + found;
  }
  return undefined;
}

function firstInObject(object: JsonObject, finds: (text: string) => boolean): string | undefined {
  for (const name of Object.keys(object)) {
    if (finds(name)) return '';
    const found = firstPointer(object[name], finds);
    if (found !== undefined) return pointerTo('', name) + found;
  }
  return undefined;
}
