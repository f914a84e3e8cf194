import type { Path } from './cursor-place.js';

/** The keywords of the editor schema that say what may be written (contracts/src/flow/editor). */
export type Schema = {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
};

/** All schemas that hold for the value at a path, with what follows from the values around it. */
export function schemasAt(root: Schema, document: unknown, path: Path): readonly Schema[] {
  let schemas = expanded(root, document);
  let value = document;
  for (const step of path) {
    value = memberOf(value, step);
    const here = value;
    schemas = schemas.flatMap((schema) => below(schema, step)).flatMap((schema) => expanded(schema, here));
  }
  return schemas;
}

/** Schema of a member or an item. */
function below({ properties, additionalProperties, items }: Schema, step: string | number): readonly Schema[] {
  if (typeof step === 'number') return items === undefined ? [] : [items];
  const named = properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : undefined;
  const schema = named ?? additionalProperties;
  return typeof schema === 'object' ? [schema] : [];
}

function expanded(schema: Schema, value: unknown): readonly Schema[] {
  const follows = schema.then !== undefined && schema.if !== undefined && fits(schema.if, value) ? [schema.then] : [];
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...follows];
  return [schema, ...parts.flatMap((part) => expanded(part, value))];
}

/** Conditions of the editor schema ask for members and their values. */
function fits({ required = [], properties = {} }: Schema, value: unknown): boolean {
  return (
    required.every((name) => memberOf(value, name) !== undefined) &&
    Object.entries(properties).every(([name, { const: wanted }]) => memberOf(value, name) === wanted)
  );
}

export function memberOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[step];
}

/** A copy of a document with another value at a path, as far as there is one. */
export function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const member = withValue(memberOf(document, step), rest, value);
  if (Array.isArray(document)) return document.map((item: unknown, index) => (index === step ? member : item));
  return { ...(typeof document === 'object' ? document : {}), [step]: member };
}

/** In words, such as `text`, `number`, `one of a, b`. */
export function kindOf({ type, enum: choices, anyOf }: Schema): string | undefined {
  if (choices !== undefined) return `one of ${choices.map(String).join(', ')}`;
  if (anyOf?.[0] !== undefined && type === undefined) return kindOf(anyOf[0]);
  return type === undefined ? undefined : [type].flat().map(wordOf).join(' or ');
}

const wordOf = (type: string): string => (type === 'string' ? 'text' : type === 'array' ? 'list' : type);
