import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject, ownMember } from '../flow/json.js';
import type { Template } from './document.js';
import type { Checked } from './errors.js';
import { checked, listed, refuse, valueOf } from './errors.js';
import { isWithinBounds, mapTexts } from './json-walk.js';
import { replacePlaceholders } from './placeholders.js';
import { readTemplate } from './read-template.js';
import { USE_CASES } from './use-cases/index.js';

/** Names of the use cases, in the order of the specification's table. */
export const useCaseNames: readonly string[] = USE_CASES.map(({ name }) => name);

/**
 * The template of a use case (provisioning 7), with its defaults overlaid by a request's values.
 *
 * @param body of the request; undefined when there is none
 */
export function useCaseTemplate(name: string, body: unknown): Checked<Template> {
  return checked(() => {
    const useCase = USE_CASES.find((one) => one.name === name);
    if (useCase === undefined) {
      return refuse(400, `Unable to find substitution ready file for use case: ${name}`);
    }
    const given = body === undefined ? {} : readOverrides(body);
    const missing = useCase.required.filter((key) => !Object.hasOwn(given, key));
    if (missing.length > 0) {
      refuse(400, `Missing the following required parameters for use case [${name}] : ${listed(missing)}`);
    }
    const valueFor = (key: string): Json | undefined =>
      Object.hasOwn(useCase.defaults, key) ? (ownMember(given, key) ?? useCase.defaults[key]) : undefined;
    return valueOf(readTemplate(filledIn(useCase.template, valueFor)));
  });
}

/** Each override as it is put in: a text, or a map of texts. */
function readOverrides(body: unknown): JsonObject {
  if (!isJsonObject(body) || !isWithinBounds(body)) {
    return unreadable();
  }
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, readOverride(value)]));
}

function readOverride(value: Json): Json {
  if (Array.isArray(value)) {
    return JSON.stringify(value);
  }
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, readScalar(member)]));
  }
  return readScalar(value);
}

const readScalar = (value: Json): string =>
  value === null || typeof value === 'object' ? unreadable() : String(value);

function unreadable(): never {
  const form = 'make sure to provide a map with values that are either Strings, Arrays, or Map of Strings to Strings';
  return refuse(400, `failure parsing request body when a use case is given, ${form}`);
}

/** A text that is nothing but one placeholder becomes its value, a map too; elsewhere a map is its JSON text. */
function filledIn(template: Json, valueFor: (key: string) => Json | undefined): Json {
  const inText = (text: string): string =>
    replacePlaceholders(text, (key) => {
      const value = valueFor(key);
      return isJsonObject(value) ? JSON.stringify(value) : (value as string | undefined);
    });
  const inValue = (text: string): Json => {
    const key = /^\$\{\{([^{}]*)\}\}$/.exec(text)?.[1]?.trim();
    const value = key === undefined ? undefined : valueFor(key);
    return isJsonObject(value) ? value : inText(text);
  };
  return mapTexts(template, inValue, inText);
}
