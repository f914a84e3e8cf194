import type { FlowDefinition, InputType } from './document.js';
import type { Json, JsonObject } from './json.js';
import { isJsonObject, ownMember, setOwn } from './json.js';

/** One entry of 422 `INPUT_VALIDATION_FAILED`. */
export type InputError = {
  readonly input: string;
  readonly message: string;
};

/** The start input with declared defaults for absent keys. Undeclared keys are kept; the argument is not changed. */
export function applyInputDefaults(definition: Pick<FlowDefinition, 'inputs'>, input: JsonObject): JsonObject {
  const complete: JsonObject = {};
  for (const [name, value] of Object.entries(input)) {
    setOwn(complete, name, value);
  }
  for (const [name, declaration] of Object.entries(definition.inputs ?? {})) {
    if (declaration.default !== undefined && !Object.hasOwn(input, name)) {
      setOwn(complete, name, declaration.default);
    }
  }
  return complete;
}

/** The strict check of flow-language 5.2, on an input that already has its defaults: in the order of declaration. */
export function checkInputs(definition: Pick<FlowDefinition, 'inputs'>, input: JsonObject): InputError[] {
  return Object.entries(definition.inputs ?? {}).flatMap(([name, { type, required }]) => {
    const value = ownMember(input, name);
    if (value === undefined) {
      return required === true ? [{ input: name, message: `Input '${name}' is required.` }] : [];
    }
    return hasType(value, type) ? [] : [{ input: name, message: `Input '${name}' must be of type ${type}.` }];
  });
}

function hasType(value: Json, type: InputType): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    default:
      return typeof value === type;
  }
}
