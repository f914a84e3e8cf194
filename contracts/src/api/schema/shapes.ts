import { Type, type TProperties, type TSchema } from '@sinclair/typebox';
import { RUN_STATUSES } from '../../log/messages/execution.js';
import { NODE_STATUSES } from '../../log/messages/frame.js';
import { MAX_WARNINGS, WARNING_CODES } from '../../flow/warnings.js';
import { TRIGGER_TYPES } from '../../log/messages/trigger.js';

/**
 * Shapes that several routes share. A schema with `$id` becomes a named component of the document. Every object with
 * members and every choice of texts has one: generators of clients make up names for the others, and these collide.
 */

/** An object with exactly these members: what the services answer is fixed by the contract. */
export const closed = <Members extends TProperties>(members: Members, options: { readonly $id?: string } = {}) =>
  Type.Object(members, { ...options, additionalProperties: false });

/** An object of which these members are read; others are ignored (flows-api 1.1). */
export const open = <Members extends TProperties>(members: Members, options: { readonly $id?: string } = {}) =>
  Type.Object(members, options);

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** One of these texts. */
export const oneOf = <const Texts extends readonly string[]>(texts: Texts, options: { readonly $id?: string } = {}) =>
  Type.Unsafe<Texts[number]>({ type: 'string', enum: [...texts], ...options });

/** Everything at once. A named item gives the list its name. */
export const listOf = <Item extends TSchema>(item: Item) =>
  closed({ items: Type.Array(item) }, namedAfter(item, 'List'));

/** A list read in pages (flows-api 6.5). */
export const pageOf = <Item extends TSchema>(item: Item) =>
  closed({ items: Type.Array(item), nextPageToken: nullable(Type.String()) }, namedAfter(item, 'Page'));

const namedAfter = ({ $id }: TSchema, suffix: string): { readonly $id?: string } =>
  $id === undefined ? {} : { $id: $id + suffix };

export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC, milliseconds.' });
export const Id = Type.String({ minLength: 1 });
/** Any JSON object. Without `additionalProperties` generators of clients take it for one that has no members. */
export const JsonObjectShape = Type.Unsafe<Readonly<Record<string, unknown>>>({
  $id: 'JsonObject',
  type: 'object',
  additionalProperties: true,
});
export const AnyJson = Type.Unknown();
export const Removed = closed({ removed: Type.Literal(true) }, { $id: 'Removed' });

export const SCOPE_ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';
export const ScopeId = Type.String({ pattern: SCOPE_ID_PATTERN });

export const RunStatus = oneOf(RUN_STATUSES, { $id: 'RunStatus' });
export const TriggerType = oneOf(TRIGGER_TYPES, { $id: 'TriggerType' });

/** Statuses of flows-api 9.5, and `pending` for a node that was not visited. */
export const NodeStatusName = oneOf(['pending', ...NODE_STATUSES], { $id: 'NodeStatus' });

/** Why an attempt at a node failed. */
export const NodeError = closed({ message: Type.String(), stack: Type.Optional(Type.String()) }, { $id: 'NodeError' });

/** `page[size]` and `page[after]`. */
export const PAGE = {
  'page[size]': Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Items of a page.' })),
  'page[after]': Type.Optional(
    Type.String({ format: 'flows-cursor', description: 'Cursor of the page before, as this list gave it.' }),
  ),
};

/** `If-Match: "<revision>"`. */
export const IF_MATCH = {
  'if-match': Type.Optional(
    Type.String({ pattern: '^("[1-9][0-9]{0,14}"|\\*)$', description: 'The ETag the flow must have; else 412.' }),
  ),
};
export const ExpectedVersion = Type.Integer({
  minimum: 1,
  maximum: 999_999_999_999_999,
  description: 'The revision the flow must have; else 412.',
});

export const ETAG = Type.Object({ etag: Type.String({ description: 'The flow’s revision, quoted.' }) });

/** What kept nobody from doing it, and probably does not mean what it says (flow-language 3.7). */
const WarningShape = closed(
  {
    code: oneOf(WARNING_CODES, { $id: 'WarningCode' }),
    nodeId: nullable(Type.String()),
    path: Type.String({ description: 'RFC 6901 pointer into the definition, or into the body of a start.' }),
    message: Type.String(),
    hint: Type.Optional(Type.String({ description: 'What was probably meant.' })),
  },
  { $id: 'Warning' },
);
export const WARNINGS = {
  warnings: Type.Optional(
    Type.Array(WarningShape, { minItems: 1, maxItems: MAX_WARNINGS, description: 'Absent where there is none.' }),
  ),
};
