import { Type } from '@sinclair/typebox';
import { NODE_TYPES, type FlowDefinition, type NodeType } from '../../flow/document.js';
import {
  DEFAULT_MAX_NODES,
  DEFAULT_MAX_TRIGGERS,
  DEFINITION_PARTS,
  nodeSchema,
  rootSchema,
} from '../../flow/structural-schema.js';
import { JsonObjectShape } from './shapes.js';

type Schema = Readonly<Record<string, unknown>>;

const NODE_NAMES: Readonly<Record<NodeType, string>> = {
  sequence: 'SequenceNode',
  parallel: 'ParallelNode',
  task: 'TaskNode',
  branch: 'BranchNode',
  wait: 'WaitNode',
  approval: 'ApprovalNode',
  'sub-flow': 'SubFlowNode',
};

const PART_NAMES: Readonly<Record<Exclude<keyof typeof DEFINITION_PARTS, 'FREE_OBJECT'>, string>> = {
  INPUT_DECLARATION: 'FlowInput',
  INPUT_TYPE: 'FlowInputType',
  TRIGGER: 'FlowTrigger',
  TRIGGER_KIND: 'FlowTriggerKind',
  TRIGGER_OPTIONS: 'FlowTriggerOptions',
  OVERLAP: 'OverlapPolicy',
  RETRY_POLICY: 'RetryPolicy',
  TIMEOUTS: 'TaskTimeouts',
  ARM: 'BranchArm',
};

const NAME_OF: ReadonlyMap<unknown, string> = new Map(
  Object.entries(PART_NAMES).map(([part, name]) => [DEFINITION_PARTS[part as keyof typeof PART_NAMES], name]),
);

/** The structural check's own schema, with names for the document's components. */
function named(value: unknown): unknown {
  if (value === DEFINITION_PARTS.FREE_OBJECT) return JsonObjectShape;
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, named(member)]));
  const $id = NAME_OF.get(value);
  if ($id === undefined) return members;
  return { $id, ...('enum' in members ? { type: 'string' } : {}), ...members };
}

function definitionSchema(): Schema {
  const root = named(rootSchema(DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS)) as Schema;
  const { nodes, ...members } = root['properties'] as Record<string, Schema>;
  const items = NODE_TYPES.map((type) => {
    const node = named(nodeSchema(type)) as Schema;
    const properties = { ...(node['properties'] as Schema), type: { const: type } };
    return { ...node, $id: NODE_NAMES[type], properties, required: [...(node['required'] as string[]), 'type'] };
  });
  const node = { $id: 'FlowNode', oneOf: items };
  return { ...root, properties: { ...members, nodes: { ...nodes, items: node } } };
}

/** A flow definition as a client sends it: the same rules as the structural check, in one schema. */
export const FlowDefinitionShape = Type.Unsafe<FlowDefinition>({ $id: 'FlowDefinition', ...definitionSchema() });
