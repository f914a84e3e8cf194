import type { Checked, TemplateError } from '../src/templates/errors.js';
import type { Template } from '../src/templates/document.js';
import { readTemplate } from '../src/templates/read-template.js';

/** A node of a document, as clients write it. */
export type WrittenNode = {
  readonly id: string;
  readonly type?: string;
  readonly previous_node_inputs?: Readonly<Record<string, string>>;
  readonly user_inputs?: object;
};

export type WrittenEdge = readonly [source: string, dest: string];

/** A document with one workflow. Nodes without a type are `noop`. */
export function written(nodes: readonly WrittenNode[], edges: readonly WrittenEdge[] = [], more: object = {}): object {
  return {
    name: 'written',
    workflows: {
      provision: {
        nodes: nodes.map((node) => ({ type: 'noop', ...node })),
        edges: edges.map(([source, dest]) => ({ source, dest })),
        ...more,
      },
    },
  };
}

/** The value of a check that passes. */
export function passed<T>(result: Checked<T>): T {
  if (!result.ok) {
    throw new Error(`refused: ${result.error.status} ${result.error.message}`);
  }
  return result.value;
}

/** The refusal of a check that does not pass. */
export function refused(result: Checked<unknown>): TemplateError {
  if (result.ok) {
    throw new Error('not refused');
  }
  return result.error;
}

/** The template of a document with one workflow. */
export const templateOf = (
  nodes: readonly WrittenNode[],
  edges: readonly WrittenEdge[] = [],
  more: object = {},
): Template => passed(readTemplate(written(nodes, edges, more)));

/** Ids `s1`, `s2`, … */
export function countedIds(): () => string {
  let count = 0;
  return () => `s${++count}`;
}

/** A create_index node with all it needs. */
export const indexNode = (id: string, more: Partial<WrittenNode> = {}): WrittenNode => ({
  id,
  type: 'create_index',
  user_inputs: { index_name: `${id}-index`, configurations: {} },
  ...more,
});

/** A create_connector node with all it needs. */
export const connectorNode = (id: string, credential: unknown, inputs: object = {}): WrittenNode => ({
  id,
  type: 'create_connector',
  user_inputs: {
    name: 'connector',
    description: 'a connector',
    version: '1',
    protocol: 'http',
    parameters: {},
    credential,
    actions: [],
    ...inputs,
  },
});
