import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { inputFailure } from './step-failure.js';

/** A text as it is, anything else as its JSON text. */
export const jsonText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Own member of the inputs; undefined when it is not there. */
export const input = (inputs: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(inputs, name) ? inputs[name] : undefined;

/** A text that the schema requires. */
export const textInput = (inputs: JsonObject, name: string): string => jsonText(input(inputs, name) ?? '');

/** `true` or `false`, also as texts; undefined when it is not there. */
export function flagInput(inputs: JsonObject, name: string): boolean | undefined {
  const value = input(inputs, name);
  return value === undefined ? undefined : value === true || value === 'true';
}

/** A number, also as a text; undefined when it is not there. */
export function numberInput(inputs: JsonObject, name: string): number | undefined {
  const value = input(inputs, name);
  return value === undefined ? undefined : Number(value);
}

/**
 * An object, or its JSON text; undefined when it is not there.
 *
 * @param failure the message when a text is no JSON object
 * @throws StepFailure
 */
export function structureInput(inputs: JsonObject, name: string, failure: string): JsonObject | undefined {
  const value = input(inputs, name);
  if (value === undefined) return undefined;
  const structure = typeof value === 'string' ? parsed(value) : value;
  if (!isJsonObject(structure)) throw inputFailure(failure);
  return structure;
}

/** Texts, also as a JSON array in one text; undefined when they are not there. */
export function textsInput(inputs: JsonObject, name: string): string[] | undefined {
  const value = input(inputs, name);
  if (value === undefined) return undefined;
  const items = typeof value === 'string' ? parsed(value) : value;
  return Array.isArray(items) ? items.map(jsonText) : [jsonText(value)];
}

/** A map of texts: other values become their JSON texts. Undefined when it is not there. */
export function textMapInput(inputs: JsonObject, name: string): Record<string, string> | undefined {
  const value = input(inputs, name);
  return isJsonObject(value) ? textMap(value) : undefined;
}

export const textMap = (map: JsonObject): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, jsonText(value)]));

/** Members that are there, in the order given. */
export function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, Json] => member[1] !== undefined),
  );
}

export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
