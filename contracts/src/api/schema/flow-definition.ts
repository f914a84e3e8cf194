import { Type } from '@sinclair/typebox';
import { NODE_TYPES, type FlowDefinition } from '../../flow/document.js';
import { DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS } from '../../flow/structural.js';
import { nodeSchema, rootSchema } from '../../flow/structural-schema.js';

function definitionSchema(): Record<string, unknown> {
  const root = rootSchema(DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS);
  const { nodes, ...members } = root['properties'] as Record<string, Record<string, unknown>>;
  const items = NODE_TYPES.map((type) => {
    const node = nodeSchema(type);
    const properties = { ...(node['properties'] as Record<string, unknown>), type: { const: type } };
    return { ...node, title: type, properties, required: [...(node['required'] as string[]), 'type'] };
  });
  return { ...root, properties: { ...members, nodes: { ...nodes, items: { oneOf: items } } } };
}

/** A flow definition as a client sends it: the same rules as the structural check, in one schema. */
export const FlowDefinitionShape = Type.Unsafe<FlowDefinition>({ $id: 'FlowDefinition', ...definitionSchema() });
