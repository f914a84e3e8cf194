import type { FlowDefinition } from './document.js';
import { edgesOf, findCycle } from './graph.js';
import type { SemanticFinding } from './semantic-finding.js';

/** E001: once per duplicated id, at its first node. */
export function duplicateIds({ nodes }: FlowDefinition): SemanticFinding[] {
  const counts = new Map<string, number>();
  for (const { id } of nodes) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const firstIndex = new Map([...nodes.entries()].reverse().map(([index, { id }]) => [id, index]));
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([id]) => ({
      code: 'FLW-E001',
      nodeId: id,
      message: `Duplicate node id '${id}'.`,
      pointer: `/nodes/${firstIndex.get(id) ?? 0}/id`,
    }));
}

/** E003: once per edge whose target does not exist. */
export function unknownTargets({ nodes }: FlowDefinition): SemanticFinding[] {
  const ids = new Set(nodes.map(({ id }) => id));
  return nodes.flatMap((node, index) =>
    edgesOf(node)
      .filter(({ target }) => !ids.has(target))
      .map(({ place, target }) => ({
        code: 'FLW-E003' as const,
        nodeId: node.id,
        message: `Node '${node.id}' points to unknown node '${target}' (${place}).`,
        pointer: `/nodes/${index}/${place.replace('[', '/').replace(']', '').replace('.', '/')}`,
      })),
  );
}

/** E002: at most one entry per document. */
export function cycles(definition: FlowDefinition): SemanticFinding[] {
  const cycle = findCycle(definition);
  const first = cycle?.[0];
  if (cycle === undefined || first === undefined) {
    return [];
  }
  return [
    {
      code: 'FLW-E002',
      nodeId: first,
      message: `Cycle: ${[...cycle, first].join(' -> ')}.`,
      pointer: `/nodes/${definition.nodes.findIndex(({ id }) => id === first)}`,
    },
  ];
}

/** E009: a branch has two arms, or one arm and `default`. */
export function thinBranches({ nodes }: FlowDefinition): SemanticFinding[] {
  return nodes.flatMap((node, index) =>
    node.type === 'branch' && node.arms.length < 2 && node.default === undefined
      ? [
          {
            code: 'FLW-E009' as const,
            nodeId: node.id,
            message: `Branch '${node.id}' needs at least two arms, or one arm and a default.`,
            pointer: `/nodes/${index}`,
          },
        ]
      : [],
  );
}
