export type JsonSchema = Readonly<Record<string, unknown>>;

/** Collects the schemas that have an `$id` and puts references in their place. */
export type Components = {
  /** The schema as the document shows it: plain JSON, named schemas by reference. */
  readonly place: (schema: object) => JsonSchema;
  /** Every named schema that was placed. */
  readonly schemas: () => Readonly<Record<string, JsonSchema>>;
};

export function makeComponents(): Components {
  const named = new Map<string, JsonSchema>();
  const place = (schema: object): JsonSchema => {
    const { $id, ...rest } = schema as { readonly $id?: string };
    if ($id === undefined) return membersOf(rest);
    const [shape, earlier] = [membersOf(rest), named.get($id)];
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(shape))
      throw new Error(`Two schemas of the document have the name ${$id}: give one of them another $id.`);
    named.set($id, shape);
    return { $ref: `#/components/schemas/${$id}` };
  };
  const membersOf = (schema: object): JsonSchema =>
    Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, placed(value)]));
  const placed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(placed);
    return typeof value === 'object' && value !== null ? place(value) : value;
  };
  return { place, schemas: () => Object.fromEntries(named) };
}
