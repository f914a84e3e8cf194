import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';

/** Deepest legal nesting of a body, and longest legal key (provisioning 1.2). */
const MAX_DEPTH = 1000;
const MAX_KEY_LENGTH = 50_000;

/** Whether a value keeps to the bounds of provisioning 1.2, so that it may be walked by recursion. */
export function isWithinBounds(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      return false;
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'object' && value !== null) {
        if (!Array.isArray(value) && Object.keys(value).some((key) => key.length > MAX_KEY_LENGTH)) {
          return false;
        }
        for (const member of Object.values(value)) {
          if (typeof member === 'object') next.push(member);
        }
      }
    }
    level = next;
  }
  return true;
}

/** A text as a JSON object; undefined when it is none, or goes beyond the bounds. */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && isWithinBounds(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object with its members changed or, where the answer is undefined, left out. */
export function mapMembers(object: JsonObject, change: (value: Json, name: string) => Json | undefined): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const changed = change(value, name);
      return changed === undefined ? [] : [[name, changed] as const];
    }),
  );
}

/** A value with every text in it changed, and with `changeKey` every key of its objects too. */
export function mapTexts(value: Json, change: (text: string) => Json, changeKey?: (key: string) => string): Json {
  if (typeof value === 'string') {
    return change(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => mapTexts(item, change, changeKey));
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, member]) => [changeKey?.(key) ?? key, mapTexts(member, change, changeKey)]),
    );
  }
  return value;
}

/** Equality of JSON values; the order of members counts nothing. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, index) => sameJson(item, other[index]))
    );
  }
  if (isJsonObject(one)) {
    const names = Object.keys(one);
    return (
      isJsonObject(other) &&
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && sameJson(one[name], other[name]))
    );
  }
  return one === other;
}
