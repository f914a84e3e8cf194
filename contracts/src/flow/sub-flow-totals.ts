import type { FlowDefinition, FlowNode } from './document.js';
import { edgesOf } from './graph.js';

/** What is static about the runs of sub-flows below one run of a version, since it names theirs by number. */
export type SubFlowTotals = {
  /** Levels of sub-flows (flow-language 10.4): 0 without sub-flow nodes. */
  readonly nesting: number;
  /** How many runs of sub-flows one run starts at most, those of all levels together (flow-language 10.5). */
  readonly runs: number;
};

/** Looks up a published version in the document's tenant and workspace; undefined when there is none. */
export type ResolveSubFlow = (flowId: string, version: number) => SubFlowTotals | undefined;

export type SubFlowReference = { readonly flowId: string; readonly version: number };

/** Where counting stops: versions from before there was a limit may multiply beyond what a number holds. */
const MAX_COUNTED = 1_000_000_000;
const UNRESOLVED: SubFlowTotals = { nesting: 0, runs: 0 };

/** `flowVersion` as a number, undefined when it is no positive integer of at most nine digits. */
export function subFlowVersion(flowVersion: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(flowVersion) ? Number(flowVersion) : undefined;
}

/** The versions a document's sub-flow nodes name, each once; a caller loads them before it validates. */
export function subFlowReferences({ nodes }: Pick<FlowDefinition, 'nodes'>): SubFlowReference[] {
  const references = nodes.flatMap((node) => {
    const version = node.type === 'sub-flow' ? subFlowVersion(node.flowVersion) : undefined;
    return node.type === 'sub-flow' && version !== undefined ? [{ flowId: node.flowId, version }] : [];
  });
  return [...new Map(references.map((item) => [JSON.stringify([item.flowId, item.version]), item])).values()];
}

/** Of a document; a target that cannot be resolved counts as one level and one run. Total, also for cyclic graphs. */
export function subFlowTotals(definition: Pick<FlowDefinition, 'nodes'>, resolve: ResolveSubFlow): SubFlowTotals {
  const references = subFlowReferences(definition);
  if (references.length === 0) return { nesting: 0, runs: 0 };
  const nesting = references.map(({ flowId, version }) => 1 + (resolve(flowId, version) ?? UNRESOLVED).nesting);
  return { nesting: Math.max(...nesting), runs: mostRuns(definition, resolve) };
}

/** Runs that one sub-flow node starts, its child included; 0 for other nodes. */
export function runsOfNode(node: FlowNode, resolve: ResolveSubFlow): number {
  if (node.type !== 'sub-flow') return 0;
  const version = subFlowVersion(node.flowVersion);
  const target = version === undefined ? undefined : resolve(node.flowId, version);
  return 1 + (target ?? UNRESOLVED).runs;
}

type Below = {
  readonly runs: number;
  /** The sub-flow nodes that can be reached, a bit each. */
  readonly reached: bigint;
};

/**
 * A node runs at most once (flow-language 4.2), and of a branch one arm is taken. So what starts below a node is at most
 * the sum over its targets, of a branch the greatest of them, and never more than all that can be reached from it, each
 * node once: that is where chains meet again.
 */
function mostRuns(definition: Pick<FlowDefinition, 'nodes'>, resolve: ResolveSubFlow): number {
  const vertices = verticesOf(definition);
  const starters = [...vertices.values()]
    .filter(({ node }) => node.type === 'sub-flow')
    .map(({ node }, place) => ({ id: node.id, runs: runsOfNode(node, resolve), bit: 1n << BigInt(place) }));
  const byId = new Map(starters.map((starter) => [starter.id, starter]));
  const below = new Map<string, Below>();
  let last = 0;
  for (const { node, targets } of childrenFirst(vertices, definition.nodes[0]?.id)) {
    const own = byId.get(node.id) ?? { runs: 0, bit: 0n };
    const found = targets.flatMap((target) => below.get(target) ?? []);
    const reached = found.reduce((bits, target) => bits | target.reached, own.bit);
    const counts = found.map(({ runs }) => runs);
    let runs = own.runs;
    if (node.type === 'branch') runs += counts.reduce((most, count) => Math.max(most, count), 0);
    else runs += counts.reduce((sum, count) => sum + count, 0);
    if (counts.length > 1) {
      const all = starters.reduce((sum, starter) => sum + ((reached & starter.bit) === 0n ? 0 : starter.runs), 0);
      runs = Math.min(runs, all);
    }
    last = Math.min(runs, MAX_COUNTED);
    below.set(node.id, { runs: last, reached });
  }
  return last;
}

type Vertex = { readonly node: FlowNode; readonly targets: readonly string[] };

/** By id; of nodes that share one the first counts. */
function verticesOf({ nodes }: Pick<FlowDefinition, 'nodes'>): ReadonlyMap<string, Vertex> {
  const vertices = new Map<string, Vertex>();
  for (const node of nodes) {
    if (vertices.has(node.id)) continue;
    vertices.set(node.id, { node, targets: [...new Set(edgesOf(node).map(({ target }) => target))] });
  }
  return vertices;
}

/** What is reachable from `root`, every vertex behind its targets. Without recursion: chains are as long as documents. */
function childrenFirst(vertices: ReadonlyMap<string, Vertex>, rootId = ''): readonly Vertex[] {
  const root = vertices.get(rootId);
  if (root === undefined) return [];
  const order: Vertex[] = [];
  const seen = new Set([rootId]);
  const path = [{ vertex: root, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = top.vertex.targets[top.next++];
    const vertex = target === undefined ? undefined : vertices.get(target);
    if (target === undefined) {
      order.push(top.vertex);
      path.pop();
    } else if (vertex !== undefined && !seen.has(target)) {
      seen.add(target);
      path.push({ vertex, next: 0 });
    }
  }
  return order;
}
