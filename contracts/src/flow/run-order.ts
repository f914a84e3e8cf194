import type { FlowDefinition } from './document.js';
import { edgesOf } from './graph.js';

/** What can run in a document, and before what, as far as its edges tell (flow-language 4). */
export type RunOrder = {
  /** Whether a path leads to it from the first node. */
  readonly isReached: (id: string) => boolean;
  /** False: in no run has `earlier` ended when `later` begins. True says nothing: it may be so. */
  readonly mayPrecede: (earlier: string, later: string) => boolean;
};

/** Of a document whose ids are unique and whose edges lead somewhere. Each answer takes one walk over the graph. */
export function runOrder({ nodes }: Pick<FlowDefinition, 'nodes'>): RunOrder {
  const targets = new Map(nodes.map((node) => [node.id, edgesOf(node).map(({ target }) => target)]));
  const sources = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const [id, ends] of targets) for (const end of ends) sources.get(end)?.push(id);
  const first = nodes[0]?.id ?? '';
  const reached = walk(targets, first);
  /** Sequences and parallels: more than one of their edges is followed in one run. */
  const forks = nodes.filter(({ type, id }) => (type === 'sequence' || type === 'parallel') && reached.has(id));
  const before = new Map<string, ReadonlySet<string>>();
  const leadingTo = (id: string): ReadonlySet<string> => {
    const known = before.get(id) ?? walk(sources, id);
    if (before.size > MAX_KEPT) before.clear();
    before.set(id, known);
    return known;
  };
  const isForked = (earlier: string, later: string): boolean => {
    const [toEarlier, toLater] = [leadingTo(earlier), leadingTo(later)];
    return forks.some(({ id }) => {
      const ends = targets.get(id) ?? [];
      const [ofEarlier, ofLater] = [ends.filter((end) => toEarlier.has(end)), ends.filter((end) => toLater.has(end))];
      return ofEarlier.some((one) => ofLater.some((other) => other !== one));
    });
  };
  return {
    isReached: (id) => reached.has(id),
    mayPrecede: (earlier, later) => {
      if (earlier === later || !reached.has(earlier)) return false;
      // Every way to it leads over the later one.
      if (!walk(targets, first, later).has(earlier)) return false;
      return leadingTo(later).has(earlier) || isForked(earlier, later);
    },
  };
}

/** Nodes whose predecessors are kept: a walk takes little, and sets of thousands of nodes add up. */
const MAX_KEPT = 200;

/** Everything that edges lead to from a node, and itself. @param without a node that no path goes through */
function walk(edges: ReadonlyMap<string, readonly string[]>, from: string, without?: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const pending = [from];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (id === without || seen.has(id) || !edges.has(id)) continue;
    seen.add(id);
    pending.push(...(edges.get(id) ?? []));
  }
  return seen;
}
