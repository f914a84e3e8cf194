import type { Json, JsonObject } from '@flowplane/contracts';
import fc from 'fast-check';

/** Texts that would mean something in SQL, to MongoDB, in a key of an object or to JavaScript. */
const TEXTS = [
  ...["' OR '1'='1", '"; DROP TABLE docs; --', "t2' --", '$1', '${tenant}', '%', '_', '.*', '^', '\\', '(a+)+$'],
  ...['$where', '$ne', '$gt', '$expr', '$or', '$regex', '$lookup', '__proto__', 'constructor', '_bsontype', 'a.b'],
  ...['t1', 't2', 'w1', 'w2', 'tenantId', 'workspaceId', 'tenant_id', 'workspace_id', '_id', 'id', 'secret', 'note'],
  ...['t2/w1/1', 't2/w1/"1"', 't2/w1/files/k', '../t2/w1/files', '..', '.', '/', '', '~', '%2e%2e%2f', '\u2024\u2024'],
  ...['theirs', 'theirs-1', 'docs', 'system.users', 'pg_catalog', 'ffffffffffffffffffffffff', '\u0000', '\ud800'],
];
const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...TEXTS) }, fc.string({ maxLength: 12 }));
const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.integer({ min: -2, max: 9 }),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
);
const pairs = (value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> =>
  fc.array(fc.tuple(text, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as JsonObject);
const operator = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'like', '$ne', '$gt', '$in', '$regex');
const json: fc.Arbitrary<Json> = fc.oneof(
  { maxDepth: 3 },
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  pairs(scalar),
  pairs(fc.oneof(scalar, pairs(scalar))),
);
const condition = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 1, arbitrary: json },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(operator, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }))), { minLength: 1, maxLength: 2 })
      .map((entries) => Object.fromEntries(entries) as JsonObject),
  },
);
const objectOf = (
  field: fc.Arbitrary<string>,
  value: fc.Arbitrary<Json>,
  maxLength: number,
): fc.Arbitrary<JsonObject> =>
  fc.array(fc.tuple(field, value), { maxLength }).map((entries) => Object.fromEntries(entries) as JsonObject);

/** What `page.next` holds, with other contents. */
function placeText(): fc.Arbitrary<string> {
  const last = fc.oneof(
    json,
    fc.array(fc.oneof(text, fc.constant(null)), { maxLength: 3 }),
    fc.record({ kind: fc.constantFrom('text', 'number', 'objectId', '__proto__'), value: scalar }),
  );
  const order = fc.constantFrom('[]', '[["id",false]]', '[["tenant_id",false],["id",false]]');
  return fc
    .record({ order, last, offset: fc.integer({ min: -1, max: 5 }) }, { requiredKeys: ['order'] })
    .map((place) => Buffer.from(JSON.stringify(place), 'utf8').toString('base64url'));
}

/**
 * Inputs of `db.query` as a hostile author may evaluate them; most fit the schema of the catalogue.
 *
 * @param fields that are there: they come more often than others, since what is refused at once shows little
 */
export function hostileQuery(fields: readonly string[]): fc.Arbitrary<JsonObject> {
  const field = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fields) }, { weight: 1, arbitrary: text });
  const id = fc.oneof(text, fc.integer({ min: 0, max: 9 }));
  const order = fc.record({ field, direction: fc.constantFrom('asc', 'desc') }, { requiredKeys: ['field'] });
  const page = fc.record({ size: fc.integer({ min: 1, max: 3 }), next: placeText() }, { requiredKeys: ['size'] });
  return fc.record(
    {
      operation: fc.constantFrom('list', 'get', 'insert', 'update', 'replace', 'delete'),
      documentId: id,
      rowId: id,
      filter: objectOf(field, condition, 2),
      values: objectOf(field, fc.oneof(scalar, json), 3),
      payload: objectOf(field, json, 2),
      projection: fc.array(field, { minLength: 1, maxLength: 2 }),
      sort: fc.array(order, { maxLength: 1 }),
      page,
    },
    { requiredKeys: ['operation', 'filter', 'values'] },
  ) as fc.Arbitrary<JsonObject>;
}

/** Inputs of `storage.*`. */
export const hostileObject = fc.record({
  bucketId: fc.oneof(
    fc.constantFrom('files', 't2/w1/files', 't1/w1/files', 't1/w2/files'),
    text,
    fc.array(text, { maxLength: 4 }).map((parts) => parts.join('/')),
  ),
  objectKey: fc.oneof(
    text,
    fc.array(text, { maxLength: 5 }).map((parts) => parts.join('/')),
    fc.constantFrom('k', '../../../t2/w1/files/k', '../../t2/w1/files/k'),
  ),
}) as fc.Arbitrary<JsonObject>;

/** Inputs of `events.publish`, for other topics than those of the workspace `w1`. */
export const hostileEvents = fc.record(
  {
    topic: fc.oneof(
      fc.constantFrom('orders', 'w2.orders', 'evt.w2.orders', '../w2.orders', 't2.w1.orders', 't2.w1.pg-changes'),
      fc.constantFrom('orders\n', 'ord\u0000ers', '.orders', 'w2', 'flows.commands.v1', '__consumer_offsets'),
      text,
      fc.array(text, { maxLength: 4 }).map((parts) => parts.join('.')),
    ),
    messages: fc.array(fc.record({ key: text, value: json }, { requiredKeys: ['value'] }), { maxLength: 3 }),
    workspaceId: fc.constantFrom('w1', 'w2', '../w2'),
    tenantId: text,
    headers: pairs(text),
  },
  { requiredKeys: ['topic', 'messages'] },
) as fc.Arbitrary<JsonObject>;
