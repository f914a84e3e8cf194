import { isJsonObject, type Json } from '@flowplane/contracts';
import { jsonText, parsed } from '../inputs.js';

/**
 * Whether `found` is what was wanted. Scalars are compared as texts, as the server keeps many of them; a text that still
 * holds a `${{ }}` is equal to everything.
 */
export function isLike(wanted: Json | undefined, found: Json | undefined): boolean {
  return compare(wanted, found, true);
}

/** As `isLike`, and objects may have more members than were wanted. */
export function holds(wanted: Json | undefined, found: Json | undefined): boolean {
  return wanted === undefined || compare(wanted, found, false);
}

function compare(wanted: Json | undefined, found: Json | undefined, isExact: boolean): boolean {
  if (typeof wanted === 'string' && wanted.includes('${{')) return true;
  if (Array.isArray(found)) {
    // A text that holds an array was sent as one (provisioning 6.3).
    const items = typeof wanted === 'string' ? parsed(wanted) : wanted;
    return (
      Array.isArray(items) &&
      items.length === found.length &&
      items.every((item, index) => compare(item, found[index], isExact))
    );
  }
  if (isJsonObject(wanted) && isJsonObject(found)) {
    const names = Object.keys(wanted);
    const hasMore = Object.keys(found).length > names.length;
    return !(isExact && hasMore) && names.every((name) => compare(wanted[name], found[name], isExact));
  }
  if (wanted === undefined || found === undefined || isJsonObject(wanted) || isJsonObject(found)) return false;
  return !Array.isArray(wanted) && jsonText(wanted) === jsonText(found);
}
