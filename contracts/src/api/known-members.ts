import type { TSchema } from '@sinclair/typebox';
import { pointerTo } from '../flow/pointer.js';
import { OPERATION_SCHEMAS, type OperationName, type RouteSchema } from './schema/index.js';

/**
 * Members of a request's body that the operation does not know, as pointers: what `Prefer: handling=strict` refuses
 * (flows-api 3.9). Free objects have none; shapes that are closed of themselves have checks and codes for it.
 */
export function unknownMembers(operation: OperationName, body: Readonly<Record<string, unknown>>): string[] {
  const schema: RouteSchema = OPERATION_SCHEMAS[operation];
  const others = new Set(schema.otherMembers);
  const unknown =
    schema.body === undefined ? Object.keys(body).map((name) => pointerTo('', name)) : unknownIn(schema.body, body, '');
  return unknown.filter((pointer) => !others.has(pointer.slice(1)));
}

type ObjectSchema = { readonly properties: Readonly<Record<string, TSchema>> };

function unknownIn(schema: TSchema, value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const shape = openObject(schema);
  if (shape === undefined) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const known = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    return known === undefined ? [pointerTo(at, name)] : unknownIn(known, member, pointerTo(at, name));
  });
}

/** The object among a schema's alternatives that has members and lets others pass. */
function openObject(schema: TSchema): ObjectSchema | undefined {
  const { anyOf, properties, additionalProperties } = schema as Partial<ObjectSchema> & {
    readonly anyOf?: readonly TSchema[];
    readonly additionalProperties?: unknown;
  };
  if (anyOf !== undefined) return anyOf.map(openObject).find((shape) => shape !== undefined);
  const isOpen = properties !== undefined && Object.keys(properties).length > 0 && additionalProperties !== false;
  return isOpen ? { properties } : undefined;
}
