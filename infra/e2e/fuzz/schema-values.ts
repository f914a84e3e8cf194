import fc from 'fast-check';
import { ODD_TEXTS, TEXTS_BY_NAME } from './odd-texts.js';

type Schema = Readonly<Record<string, unknown>>;

/** Free values nest no deeper than this; what is deep comes from the hostile texts. */
const FREE_DEPTH = 2;
const MAX_ITEMS = 4;

/**
 * Values that a schema of the API describes, as they are meant (objects of its members, texts as the member's name says);
 * of the keywords, those that the schemas of contracts use. Patterns and bounds are kept only where that is cheap: a value
 * that is refused for them is as good.
 *
 * @param name of the member that the value is of
 */
export function valuesOf(schema: object, name = ''): fc.Arbitrary<unknown> {
  const { const: only, enum: choices, anyOf, oneOf, type, pattern } = schema as Schema;
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as readonly unknown[]));
  const branches = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => valuesOf(branch, name)));
  switch (type) {
    case 'object':
      return objectsOf(schema as Schema);
    case 'array':
      return fc.array(valuesOf(((schema as Schema)['items'] as object | undefined) ?? {}, name), {
        minLength: Math.min(Number((schema as Schema)['minItems'] ?? 0), MAX_ITEMS),
        maxLength: MAX_ITEMS,
      });
    case 'string':
      return textsOf(name, pattern as string | undefined);
    case 'integer':
      return fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, -1, 2 ** 31, 999_999_999_999_999, 2 ** 53));
    case 'number':
      return fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, -1, 0.5, 1e20, 1.7e308, 5e-324));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return freeValues();
  }
}

function objectsOf(schema: Schema): fc.Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, object>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const additional = schema['additionalProperties'];
  if (Object.keys(properties).length === 0) {
    if (schema['maxProperties'] === 0) return fc.constant({});
    if (typeof additional !== 'object')
      return fc.dictionary(fc.constantFrom('a', 'b', 'url', 'sql', 'é'), freeValues(), { maxKeys: 3 });
    return fc.dictionary(fc.constantFrom('a', 'b', 'c'), valuesOf(additional as object), { maxKeys: 3 });
  }
  const members = Object.entries(properties).map(([key, member]) => [key, valuesOf(member, key)] as const);
  const requiredKeys = required.filter((key) => key in properties);
  return fc.record(Object.fromEntries(members), { requiredKeys });
}

function textsOf(name: string, pattern: string | undefined): fc.Arbitrary<string> {
  const byName = TEXTS_BY_NAME[name];
  if (byName !== undefined) return byName;
  const plain = fc.constantFrom('a', 'b', 'alice', 'order', '1', '7');
  const fitting =
    pattern === undefined || pattern.includes('(?!') ? plain : fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 2, arbitrary: fitting },
    { weight: 1, arbitrary: ODD_TEXTS },
  );
}

const freeValues = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, 0, 1, 1.5, 'text', '${{ inputs.a }}', [], {}) },
    { weight: 1, arbitrary: ODD_TEXTS },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: FREE_DEPTH }) },
  );
