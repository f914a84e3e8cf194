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
export function firstPointer(value: unknown, finds: (text: string) => boolean, at = ''): string | undefined {
  if (typeof value === 'string') return finds(value) ? at : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value) && finds(name)) return at;
    if (typeof member !== 'string' && (typeof member !== 'object' || member === null)) continue;
    const found = firstPointer(member, finds, pointerTo(at, name));
    if (found !== undefined) return found;
  }
  return undefined;
}
