import type { NodeType } from '../document.js';
import { NODE_TYPES } from '../document.js';
import { DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS, nodeSchema, rootSchema } from '../structural-schema.js';
import { taskTypes } from '../tasks/catalogue.js';
import type { TaskType } from '../tasks/task-type.js';
import { MEANINGS, NODE_MEANINGS } from './meanings.js';
import { templated, type Schema } from './templated.js';

/**
 * JSON Schema (draft-07) of flow definitions for editors (flows-api 1.8): what the structural validation and the warnings
 * about inputs of tasks say, as far as a schema can, with a sentence for each member. It is stricter than publishing
 * in that it refuses what is only warned about; it never refuses a definition that has neither errors nor warnings.
 */
export function flowSchema(): Schema {
  const root = described(rootSchema(DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS), '');
  const { nodes, triggers, ...others } = root['properties'] as Readonly<Record<string, Schema>>;
  const trigger = { ...(triggers?.['items'] as Schema), allOf: TRIGGER_NEEDS };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    description: 'A flow of Flowplane, as it is created and published.',
    ...root,
    properties: {
      ...others,
      triggers: { ...triggers, items: trigger },
      nodes: { ...nodes, items: node() },
    },
  };
}

/** What a kind of trigger cannot do without (flow-language 3.5). */
const TRIGGER_NEEDS: readonly Schema[] = [
  whenMember('kind', 'cron', { required: ['schedule'] }),
  whenMember('kind', 'platform-event', { required: ['eventType'] }),
];

function whenMember(name: string, value: string, then: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
  return { if: { required: [name], properties: { [name]: { const: value } } }, then };
}

/** A node is checked against the shape of its type only, as in flow-language 2.3. */
function node(): Schema {
  const types = NODE_TYPES.map((type) => whenMember('type', type, nodeOf(type)));
  const properties = {
    id: { type: 'string', description: MEANINGS['nodes.id'] },
    // What a type means is said where its shape is: editors show the first sentence they find.
    type: { enum: [...NODE_TYPES] },
  };
  return { type: 'object', required: ['id', 'type'], properties, allOf: types };
}

function nodeOf(type: NodeType): Schema {
  const shape = described(nodeSchema(type), 'nodes', type);
  const properties = {
    ...(shape['properties'] as Readonly<Record<string, Schema>>),
    type: { const: type, description: NODE_MEANINGS[type] },
  };
  if (type !== 'task') return { ...shape, properties };
  const taskType = { enum: taskTypes().map(({ id }) => id) };
  return {
    ...shape,
    properties: { ...properties, taskType },
    allOf: taskTypes().map((one) => whenMember('taskType', one.id, taskOf(one))),
  };
}

function taskOf({ id, description, inputSchema, takesOtherMembers }: TaskType): Schema {
  const { required, properties } = inputSchema;
  const members = Object.entries(properties).map(([name, schema]) => {
    // A connection is named by a literal (flow-language 3.3).
    return [name, name === 'connection' ? schema : templated(schema)] as const;
  });
  const workspaceId = { type: 'string', description: 'Id of the workspace; it must be that of the run.' };
  const input = {
    ...inputSchema,
    ...(takesOtherMembers === true ? {} : { additionalProperties: false }),
    properties: { ...Object.fromEntries(members), workspaceId },
  };
  const needsInput = required.length > 0 || inputSchema.anyOf !== undefined;
  return {
    ...(needsInput ? { required: ['input'] } : {}),
    properties: { taskType: { const: id, description }, input },
  };
}

/** The schema with a sentence for each member at any depth. */
function described(schema: Schema, path: string, type?: NodeType): Schema {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>).map(
    ([name, member]) => {
      const place = path === '' ? name : `${path}.${name}`;
      const meaning = (type === undefined ? undefined : MEANINGS[`${type}.${name}`]) ?? MEANINGS[place];
      return [name, { ...described(member, place), description: meaning }] as const;
    },
  );
  const below = (keyword: string) => {
    const part = schema[keyword];
    return typeof part === 'object' && part !== null ? { [keyword]: described(part as Schema, path) } : {};
  };
  return {
    ...schema,
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...below('items'),
    ...below('additionalProperties'),
  };
}
