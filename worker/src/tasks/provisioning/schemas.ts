import type { JsonObject } from '@flowplane/contracts';

/** Parts of the JSON Schemas of inputs. Templates write booleans, numbers and structures as texts too. */
export const TEXT: JsonObject = { type: 'string' };
export const NUMBER: JsonObject = {
  anyOf: [{ type: 'number' }, { type: 'string', pattern: '^\\s*[-+]?[0-9]+(\\.[0-9]+)?\\s*$' }],
};
export const FLAG: JsonObject = { enum: [true, false, 'true', 'false'] };
export const MAP: JsonObject = { type: 'object' };
/** An object, or its JSON text. */
export const STRUCTURE: JsonObject = { type: ['object', 'string'] };
/** Several texts, or one text that holds them as a JSON array. */
export const TEXTS: JsonObject = { type: ['array', 'string'], items: { type: 'string' } };

/** The inputs of a step. What a type does not name is let through: inputs are resolved by the catalogue. */
export function inputsSchema(required: JsonObject, optional: JsonObject = {}): JsonObject {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}
