import { assertNever } from '../assert-never.js';
import type { FlowDefinition, FlowNode } from './document.js';

/** One edge of the graph of flow-language 3.2, with the bracket text E003 shows. */
export type Edge = {
  /** `next`, `steps[0]`, `branches[1]`, `arms[0].next` or `default`. */
  readonly place: string;
  readonly target: string;
};

/** Edges of a node in the order of flow-language 3.1: `next`, `steps`, `branches`, `arms`, `default`. */
export function edgesOf(node: FlowNode): Edge[] {
  switch (node.type) {
    case 'sequence':
      return [...nextEdge(node.next), ...listEdges('steps', node.steps)];
    case 'parallel':
      return [...nextEdge(node.next), ...listEdges('branches', node.branches)];
    case 'branch':
      return [
        ...node.arms.map(({ next }, index) => ({ place: `arms[${index}].next`, target: next })),
        ...(node.default === undefined ? [] : [{ place: 'default', target: node.default }]),
      ];
    case 'task':
    case 'wait':
    case 'approval':
    case 'sub-flow':
      return nextEdge(node.next);
    default:
      return assertNever(node);
  }
}

function nextEdge(next: string | undefined): Edge[] {
  return next === undefined ? [] : [{ place: 'next', target: next }];
}

function listEdges(member: string, targets: readonly string[]): Edge[] {
  return targets.map((target, index) => ({ place: `${member}[${index}]`, target }));
}

/** Targets by node id. Nodes that share an id are one vertex with the union of their edges; unknown targets drop out. */
export function adjacency(definition: Pick<FlowDefinition, 'nodes'>): Map<string, string[]> {
  const graph = new Map<string, string[]>(definition.nodes.map(({ id }) => [id, []]));
  for (const node of definition.nodes) {
    const targets = graph.get(node.id) ?? [];
    for (const { target } of edgesOf(node)) {
      if (graph.has(target)) {
        targets.push(target);
      }
    }
  }
  return graph;
}

/**
 * The first cycle a depth-first search finds, from the nodes in document order along their edges in order.
 * Returns the ids on it, the first one not repeated: `["a", "b"]` stands for a → b → a. Without recursion,
 * because chains are as long as the document.
 */
export function findCycle(definition: Pick<FlowDefinition, 'nodes'>): string[] | undefined {
  const graph = adjacency(definition);
  const finished = new Set<string>();
  for (const root of graph.keys()) {
    if (!finished.has(root)) {
      const cycle = cycleFrom(root, graph, finished);
      if (cycle !== undefined) {
        return cycle;
      }
    }
  }
  return undefined;
}

function cycleFrom(root: string, graph: Map<string, string[]>, finished: Set<string>): string[] | undefined {
  const path: { readonly id: string; nextEdge: number }[] = [{ id: root, nextEdge: 0 }];
  const onPath = new Set([root]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = graph.get(top.id)?.[top.nextEdge];
    top.nextEdge += 1;
    if (target === undefined) {
      finished.add(top.id);
      onPath.delete(top.id);
      path.pop();
    } else if (onPath.has(target)) {
      const ids = path.map(({ id }) => id);
      return ids.slice(ids.indexOf(target));
    } else if (!finished.has(target)) {
      onPath.add(target);
      path.push({ id: target, nextEdge: 0 });
    }
  }
  return undefined;
}
