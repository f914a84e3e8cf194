import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { jsonText } from '../inputs.js';

/**
 * Settings as flat names, each with the prefix `index.`; where there is a member `index`, the others keep their names
 * (provisioning 10).
 */
export function flatSettings(settings: JsonObject): ReadonlyMap<string, Json> {
  const flat = new Map<string, Json>();
  const isExpanded = Object.hasOwn(settings, 'index');
  const walk = (value: Json, name: string): void => {
    if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) walk(member, name === '' ? key : `${name}.${key}`);
    } else {
      flat.set(isExpanded || name.startsWith('index.') ? name : `index.${name}`, value);
    }
  };
  walk(settings, '');
  return flat;
}

/** Equality as the server has it: it keeps every setting as a text. */
export const sameSetting = (one: Json | undefined, other: Json | undefined): boolean =>
  one !== undefined && other !== undefined && settingText(one) === settingText(other);

const settingText = (value: Json): string =>
  Array.isArray(value) ? JSON.stringify(value.map(jsonText)) : jsonText(value);

/** Explicit settings of an index, flat, from an answer of `GET /{index}/_settings?flat_settings=true`. */
export function explicitSettings(answer: JsonObject, index: string): JsonObject | undefined {
  const entries = Object.entries(answer);
  // An alias is answered with the name of its index; several indices cannot be compared with.
  const [, found] = entries.find(([name]) => name === index) ?? (entries.length === 1 ? (entries[0] ?? []) : []);
  const settings = isJsonObject(found) ? found['settings'] : undefined;
  return isJsonObject(settings) ? settings : undefined;
}
