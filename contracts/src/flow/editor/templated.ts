export type Schema = Readonly<Record<string, unknown>>;

/** Text with an expression somewhere: it stays a text, whose characters nobody knows yet. */
const TEXT_WITH_EXPRESSION: Schema = { type: 'string', pattern: String.raw`\$\{\{` };
/** Text that is one expression: it may become anything. */
const ONE_EXPRESSION: Schema = { type: 'string', pattern: String.raw`^\$\{\{[\s\S]*\}\}$` };
/** Keywords that an evaluated text must keep to, and one that is still an expression need not. */
const OF_TEXTS = ['enum', 'const', 'pattern', 'maxLength'];

/**
 * A schema of an evaluated value as one of what an author writes: a text with an expression may stand wherever its value
 * may fit, at any depth (flow-language 7).
 */
export function templated(schema: Schema): Schema {
  const { description, 'x-expression': _marked, ...rest } = schema;
  const value = withParts(rest);
  const said = description === undefined ? {} : { description };
  if (!('type' in rest || 'enum' in rest || 'const' in rest)) return { ...value, ...said };
  const takesTexts = [rest['type']].flat().includes('string');
  if (takesTexts && !OF_TEXTS.some((keyword) => keyword in rest)) return { ...value, ...said };
  return { anyOf: [value, takesTexts ? TEXT_WITH_EXPRESSION : ONE_EXPRESSION], ...said };
}

function withParts(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const each = (members: object) =>
    Object.fromEntries(Object.entries(members).map(([name, member]: [string, Schema]) => [name, templated(member)]));
  return {
    ...schema,
    ...(isObject(properties) ? { properties: each(properties) } : {}),
    ...(isObject(items) ? { items: templated(items as Schema) } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: templated(additionalProperties as Schema) } : {}),
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
