import type { FlowDefinition, FlowNode } from '@flowplane/contracts';

/** A definition prepared for walking. Compiled once per run; holds no state. */
export type Plan = {
  readonly rootId: string;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** Targets of every edge by source, what lies inside a composite before its `next`. Unknown targets drop out. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
};

/**
 * @param definition structurally valid; of nodes that share an id (E001 forbids it) the first counts
 * @throws RangeError for a definition without nodes
 */
export function compilePlan(definition: Pick<FlowDefinition, 'nodes'>): Plan {
  const first = definition.nodes[0];
  if (first === undefined) throw new RangeError('a definition has at least one node');
  const nodes = new Map<string, FlowNode>();
  for (const node of definition.nodes) if (!nodes.has(node.id)) nodes.set(node.id, node);
  const targets = new Map<string, readonly string[]>();
  for (const node of nodes.values()) {
    const known = [...innerTargets(node), ...present(nextOf(node))].filter((target) => nodes.has(target));
    targets.set(node.id, [...new Set(known)]);
  }
  return { rootId: first.id, nodes, targets };
}

/** `next` of a node; a branch has none, its arms continue the chain. */
export function nextOf(node: FlowNode): string | undefined {
  return node.type === 'branch' ? undefined : node.next;
}

function innerTargets(node: FlowNode): readonly string[] {
  switch (node.type) {
    case 'sequence':
      return node.steps;
    case 'parallel':
      return node.branches;
    case 'branch':
      return [...node.arms.map(({ next }) => next), ...present(node.default)];
    case 'task':
    case 'wait':
    case 'approval':
    case 'sub-flow':
      return [];
  }
}

const present = (target: string | undefined): readonly string[] => (target === undefined ? [] : [target]);
