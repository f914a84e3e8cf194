import type { Json, JsonObject } from '../../flow/json.js';
import { isJsonObject } from '../../flow/json.js';
import { refuse } from '../errors.js';
import type { SearchValue } from './query.js';

// Members of a search body. All end the present `checked` when one has another form; the message names the clause.

/** Refuses a search as malformed. */
export const malformed = (message: string): never => refuse(400, message, 'parsing_exception');

/** Members that say nothing about what is found. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['boost', '_name']);

/** The members of a clause, all of them known. */
export function membersOf(value: Json, clause: string, known: readonly string[]): JsonObject {
  if (!isJsonObject(value)) {
    return malformed(`[${clause}] query malformed, no start_object after query name`);
  }
  const other = Object.keys(value).find((name) => !known.includes(name) && !WITHOUT_EFFECT.has(name));
  return other === undefined ? value : malformed(`[${clause}] query does not support [${other}]`);
}

/**
 * The field of a clause and what is said of it: `{field: value}` or `{field: {...}}`.
 *
 * @param short name of the member that a plain value stands for; undefined when it has to be an object
 */
export function fieldOf(
  value: Json,
  clause: string,
  known: readonly string[],
  short: string | undefined,
): { readonly name: string; readonly members: JsonObject } {
  const object = isJsonObject(value)
    ? value
    : malformed(`[${clause}] query malformed, no start_object after query name`);
  const names = Object.keys(object).filter((name) => !WITHOUT_EFFECT.has(name));
  const [name, second] = names;
  if (name === undefined || second !== undefined) {
    return malformed(
      name === undefined
        ? `[${clause}] query needs a field`
        : `[${clause}] query doesn't support multiple fields, found [${name}] and [${String(second)}]`,
    );
  }
  const said = object[name] ?? null;
  const members = short === undefined || isJsonObject(said) ? membersOf(said, clause, known) : { [short]: said };
  return { name, members };
}

export function valueIn(value: Json | undefined, clause: string): SearchValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : malformed(`[${clause}] query needs a text, number or boolean as its value`);
}

export function textIn(value: Json | undefined, clause: string): string {
  return String(valueIn(value, clause));
}

export function flagIn(value: Json | undefined, clause: string): boolean {
  if (value === undefined || value === false || value === 'false') {
    return false;
  }
  return value === true || value === 'true' ? true : malformed(`[${clause}] query needs true or false`);
}

export function countIn(value: Json | undefined, clause: string): number {
  const count = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) ? count : malformed(`[${clause}] needs a whole number`);
}

/** One or several, as a list. */
export const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);
