import type { FlowDefinition } from './document.js';
import { edgesOf } from './graph.js';

/** What can run in a document, and before what, as far as its edges tell (flow-language 4). */
export type RunOrder = {
  /** Whether a path leads to it from the first node. */
  readonly isReached: (id: string) => boolean;
  /** False: in no run has `earlier` ended when `later` begins. True says nothing: it may be so. */
  readonly mayPrecede: (earlier: string, later: string) => boolean;
};

/** Nodes by their place in the document. */
type Graph = { readonly targets: readonly (readonly number[])[]; readonly sources: readonly (readonly number[])[] };

/**
 * Of a document whose ids are unique and whose edges lead somewhere. What leads where is worked out once, for all nodes
 * together: a walk over the graph for each question would take the square of their number.
 */
export function runOrder({ nodes }: Pick<FlowDefinition, 'nodes'>): RunOrder {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  const graph = graphOf(nodes, places);
  const order = inOrder(graph, nodes.length === 0 ? [] : [0]);
  const rank = new Map(order.map((place, at) => [place, at]));
  const leadsTo = allThatLeadTo(graph);
  const allWaysTo = dominance(immediateDominators(graph, order, rank));
  /** Sequences and parallels: more than one of their edges is followed in one run. */
  const forks = nodes.flatMap(({ type }, place) =>
    (type === 'sequence' || type === 'parallel') && rank.has(place) ? [graph.targets[place] ?? []] : [],
  );
  const isForked = (earlier: number, later: number): boolean => {
    const [toEarlier, toLater] = [leadsTo[earlier], leadsTo[later]];
    return forks.some((ends) => {
      const first = ends.find((end) => hasBit(toEarlier, end));
      if (first === undefined) return false;
      return ends.some(
        (end) => hasBit(toLater, end) && (end !== first || ends.some((one) => one !== first && hasBit(toEarlier, one))),
      );
    });
  };
  return {
    isReached: (id) => rank.has(places.get(id) ?? -1),
    mayPrecede: (earlierId, laterId) => {
      const [earlier = -1, later = -1] = [places.get(earlierId), places.get(laterId)];
      if (earlier === later || !rank.has(earlier)) return false;
      // Every way to it leads over the later one.
      if (allWaysTo(earlier, later)) return false;
      return hasBit(leadsTo[later], earlier) || isForked(earlier, later);
    },
  };
}

function graphOf(nodes: FlowDefinition['nodes'], places: ReadonlyMap<string, number>): Graph {
  const sources: number[][] = nodes.map(() => []);
  const targets = nodes.map((node, place) => {
    const ends = new Set(edgesOf(node).flatMap(({ target }) => places.get(target) ?? []));
    for (const end of ends) sources[end]?.push(place);
    return [...ends];
  });
  return { targets, sources };
}

/** Nodes that a path leads to from these, each before what it leads to (reverse postorder). */
function inOrder({ targets }: Graph, roots: readonly number[]): readonly number[] {
  const ended: number[] = [];
  const seen = new Set<number>();
  for (const root of roots) {
    const open: { readonly place: number; next: number }[] = [];
    const enter = (place: number): void => {
      if (seen.has(place)) return;
      seen.add(place);
      open.push({ place, next: 0 });
    };
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const end = targets[top.place]?.[top.next];
      top.next += 1;
      if (end !== undefined) {
        enter(end);
        continue;
      }
      ended.push(top.place);
      open.pop();
    }
  }
  return ended.toReversed();
}

/** One bit for each node. */
type Bits = Uint32Array;
const hasBit = (bits: Bits | undefined, place: number): boolean =>
  (((bits?.[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;

/** By node: all that paths lead from to it, and itself. */
function allThatLeadTo(graph: Graph): readonly Bits[] {
  const words = Math.ceil(graph.targets.length / 32);
  const all = graph.targets.map((_, place) => {
    const bits = new Uint32Array(words);
    bits[place >>> 5] = 1 << (place & 31);
    return bits;
  });
  const order = inOrder(graph, [...graph.targets.keys()]);
  // Once is enough where no path leads back.
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const place of order) {
      for (const source of graph.sources[place] ?? []) isChanged = addBits(all[place], all[source]) || isChanged;
    }
  }
  return all;
}

/** @returns whether any was new */
function addBits(to: Bits = new Uint32Array(), from: Bits = new Uint32Array()): boolean {
  let isChanged = false;
  for (const [at, word] of from.entries()) {
    const before = to[at] ?? 0;
    if ((before | word) >>> 0 === before) continue;
    to[at] = before | word;
    isChanged = true;
  }
  return isChanged;
}

/** By node: the one that all ways to it lead over last (Cooper, Harvey and Kennedy); the first node has itself. */
function immediateDominators(
  { sources }: Graph,
  order: readonly number[],
  rank: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>([[0, 0]]);
  const at = (place: number): number => rank.get(place) ?? 0;
  const common = (one: number, other: number): number => {
    let [a, b] = [one, other];
    while (a !== b) {
      if (at(a) > at(b)) a = found.get(a) ?? 0;
      else b = found.get(b) ?? 0;
    }
    return a;
  };
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const place of order.slice(1)) {
      const known = (sources[place] ?? []).filter((source) => found.has(source));
      const dominator = known.reduce(common);
      if (found.get(place) === dominator) continue;
      found.set(place, dominator);
      isChanged = true;
    }
  }
  return found;
}

/** Whether all ways to one node lead over another: it stands above in the tree of those. */
function dominance(above: ReadonlyMap<number, number>): (place: number, over: number) => boolean {
  const below = new Map<number, number[]>();
  for (const [place, dominator] of above) {
    if (place !== dominator) listIn(below, dominator).push(place);
  }
  /** First and last number of the tree below a node, in the order of a walk. */
  const spans = new Map<number, { readonly first: number; last: number }>();
  let count = 0;
  const open = [0];
  for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
    const span = spans.get(place);
    if (span === undefined) {
      spans.set(place, { first: count++, last: 0 });
      open.push(...(below.get(place) ?? []));
    } else {
      span.last = count - 1;
      open.pop();
    }
  }
  return (place, over) => {
    const [own, other] = [spans.get(place), spans.get(over)];
    return own !== undefined && other !== undefined && other.first <= own.first && own.first <= other.last;
  };
}

function listIn(lists: Map<number, number[]>, key: number): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
