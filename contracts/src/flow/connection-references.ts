import { CONNECTION_NAME, DEFAULT_CONNECTION } from '../connections/index.js';
import type { FlowDefinition, FlowNode, TaskNode } from './document.js';
import { hasTaskType } from './tasks/catalogue.js';

/** A task that names a connection of its workspace. */
export type ConnectionReference = {
  readonly node: TaskNode;
  /** Place of the node in the document. */
  readonly index: number;
  readonly name: string;
};

/** Of the document, in the order of its nodes. `default` is the operator's, and none of the workspace. */
export function connectionReferences({ nodes }: Pick<FlowDefinition, 'nodes'>): ConnectionReference[] {
  return nodes.flatMap((node, index) => {
    const name = node.type === 'task' ? connectionReference(node) : undefined;
    return node.type === 'task' && name !== undefined ? [{ node, index, name }] : [];
  });
}

/** The connection of its workspace that a task names; undefined: none. */
export function connectionReference(node: TaskNode): string | undefined {
  const name = connectionIn(node);
  const isReference = typeof name === 'string' && name !== DEFAULT_CONNECTION && CONNECTION_NAME.test(name);
  return isReference ? name : undefined;
}

/** Names of connections that a definition refers to, each once. @param definition JSON text of what is published */
export function connectionNames(definition: string): readonly string[] {
  // Most large definitions need not be parsed.
  if (!definition.includes('"connection"')) return [];
  const { nodes = [] } = JSON.parse(definition) as Partial<FlowDefinition>;
  return [...new Set(connectionReferences({ nodes }).map(({ name }) => name))];
}

/**
 * Why a node does not name its connection as it must (E005): by a literal, so that what a version refers to is known
 * without running it. Undefined where nothing is wrong.
 */
export function connectionFault(node: FlowNode): string | undefined {
  if (node.type !== 'task' || !hasTaskType(node.taskType)) return undefined;
  const name = connectionIn(node);
  if (name === undefined || (typeof name === 'string' && CONNECTION_NAME.test(name))) return undefined;
  return typeof name === 'string' && name.includes('${{')
    ? 'a connection is named by a literal, never by an expression'
    : `a connection is named by a text that matches ${CONNECTION_NAME.source}`;
}

const connectionIn = ({ input = {} }: TaskNode): unknown =>
  Object.hasOwn(input, 'connection') ? input['connection'] : undefined;
