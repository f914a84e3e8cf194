import type { FlowDefinition, InputDeclaration } from '@flowplane/contracts/flow/document';
import { checkInputs } from '@flowplane/contracts/flow/inputs';
import type { Json, JsonObject } from '@flowplane/contracts/flow/json';

export type Declarations = NonNullable<FlowDefinition['inputs']>;

/** The fields of the form: a text for each declared input, empty where it is not given, and what is not declared. */
export type Fields = { readonly texts: Readonly<Record<string, string>>; readonly others: JsonObject };

/** Faults by the name of the input. */
export type FieldFaults = Readonly<Record<string, string>>;

/** An input, and why it may not be the one that is meant. */
export type FormInput = { readonly input: JsonObject; readonly faults: FieldFaults };

/** The form that stands for an input. */
export function fieldsOf(declared: Declarations, input: JsonObject): Fields {
  const entries = Object.entries(declared).map(([name, { type }]): [string, string] => {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (value === undefined) return [name, ''];
    return [name, type === 'string' && typeof value === 'string' ? value : JSON.stringify(value)];
  });
  const others = Object.entries(input).filter(([name]) => !Object.hasOwn(declared, name));
  return { texts: Object.fromEntries(entries), others: Object.fromEntries(others) };
}

/** What texts of a form stand for, and faults of those that are of another type and stand for nothing. */
function read(declared: Declarations, { texts, others }: Fields): FormInput {
  const faults: Record<string, string> = {};
  const given = Object.entries(declared).flatMap(([name, declaration]): [string, Json][] => {
    const text = texts[name] ?? '';
    if (text.trim() === '') return [];
    const value = valueOf(declaration, text);
    if (value === undefined) {
      faults[name] = `This must be ${WANTED[declaration.type]}.`;
      return [];
    }
    return [[name, value]];
  });
  return { input: { ...others, ...Object.fromEntries(given) }, faults };
}

/** The input that a form stands for. What is left empty is not given: the flow's default counts, if it has one. */
export function inputOf(declared: Declarations, fields: Fields): FormInput {
  const { input, faults } = read(declared, fields);
  const all: Record<string, string> = { ...faults };
  for (const { input: name, message } of checkInputs({ inputs: withoutDefaults(declared) }, input))
    all[name] ??= message;
  return { input, faults: all };
}

/** The same input as JSON, where something may be missing yet. With faults, it lacks what they are about. */
export function jsonOf(
  declared: Declarations,
  fields: Fields,
): { readonly json: string; readonly faults: FieldFaults } {
  const { input, faults } = read(declared, fields);
  return { json: JSON.stringify(input, null, 2), faults };
}

/** Declared inputs whose values fields cannot show, such as an empty text, which is one that is not given there. */
export function notForFields(declared: Declarations, input: JsonObject): readonly string[] {
  const shown = read(declared, fieldsOf(declared, input));
  return Object.keys(declared).filter((name) => {
    const isGiven = Object.hasOwn(input, name) && shown.faults[name] === undefined;
    return isGiven && JSON.stringify(shown.input[name]) !== JSON.stringify(input[name]);
  });
}

const WANTED = {
  ...{ string: 'a text', number: 'a number, such as 12.5', boolean: 'true or false' },
  ...{ object: 'an object as JSON, such as {"a": 1}', array: 'a list as JSON, such as [1, 2]' },
} as const;

/** Undefined for a text that is none of the type. */
function valueOf({ type }: InputDeclaration, text: string): Json | undefined {
  if (type === 'string') return text;
  try {
    const value = JSON.parse(text) as Json;
    return checkInputs({ inputs: { value: { type } } }, { value }).length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What has a default need not be given. */
function withoutDefaults(declared: Declarations): Declarations {
  return Object.fromEntries(
    Object.entries(declared).map(([name, one]) => [
      name,
      one.default === undefined ? one : { ...one, required: false },
    ]),
  );
}

/** An input that was written as JSON. @throws Error that says what is wrong with the text */
export function inputOfJson(text: string): JsonObject {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new Error(`The input is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The input must be a JSON object, such as {"amount": 3}.');
  return value as JsonObject;
}
