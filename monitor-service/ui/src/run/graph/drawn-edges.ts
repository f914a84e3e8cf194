import type { FlowNode } from '@flowplane/contracts/flow/document';

/** A line of the picture: one node runs, or may run, right after the other. */
export type DrawnEdge = {
  readonly from: string;
  readonly to: string;
  /** Of a branch: its condition, or `otherwise`. */
  readonly label?: string;
};

/** Where a chain has come to: a line begins here, wherever it leads. */
type Exit = {
  readonly from: string;
  readonly label?: string;
  /** Join nodes of enclosing parallels at which the chain has arrived (flow-language 4.3). */
  readonly arrivals: ReadonlySet<string>;
};

/** What encloses a chain. Chains that lead to the same node within one scope go on from there as one. */
type Scope = {
  /** Targets that end a chain: the `next` of enclosing composites, later steps of sequences (flow-language 4.2). */
  readonly stops: ReadonlySet<string>;
  /** Join nodes of enclosing parallels. */
  readonly joins: ReadonlySet<string>;
  /** Nodes that were walked in this scope, and what ran from each on: `log`, behind `position`. */
  readonly walked: Map<string, { readonly log: readonly string[]; readonly position: number }>;
};

/** What has run on the way to a place. */
type Before = {
  /** Nodes that have run: true, or may have. */
  readonly ran: Map<string, boolean>;
  /** Those that have run for sure, in the order in which this became known. */
  readonly log: string[];
};

const LABEL_LENGTH = 32;
/** Flows that share very much are not drawn whole: each way to a node is walked. */
const MAX_STEPS = 50_000;
const NOWHERE: ReadonlySet<string> = new Set();

/**
 * The lines between the nodes of a flow, as they run (flow-language 4.1 to 4.3): a chain that ends within a sequence goes on
 * with the next step, and chains of a parallel meet where they join. Nodes that nothing leads to have no line.
 */
export function drawnEdges(nodes: readonly FlowNode[]): DrawnEdge[] {
  const [start] = nodes;
  if (start === undefined) return [];
  const walk = new Walk(nodes);
  walk.chain([], start.id, scopeOf(NOWHERE, NOWHERE), { ran: new Map(), log: [] });
  return [...walk.edges.values()];
}

const scopeOf = (stops: ReadonlySet<string>, joins: ReadonlySet<string>): Scope => ({
  stops,
  joins,
  walked: new Map(),
});

class Walk {
  readonly edges = new Map<string, DrawnEdge>();
  readonly #byId: ReadonlyMap<string, FlowNode>;
  #steps = 0;

  constructor(nodes: readonly FlowNode[]) {
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
  }

  /** Follows the chain that begins with `first`. @returns where it, or what led to it, ends */
  chain(open: readonly Exit[], first: string | undefined, scope: Scope, before: Before): readonly Exit[] {
    const ended: Exit[] = [];
    let exits = open;
    for (let target = first; ;) {
      const node = target === undefined ? undefined : this.#byId.get(target);
      if (node === undefined || scope.stops.has(node.id) || (this.#steps += 1) > MAX_STEPS) break;
      if (scope.joins.has(node.id)) {
        exits = exits.map((exit) => ({ ...exit, arrivals: new Set([...exit.arrivals, node.id]) }));
        break;
      }
      const hasRun = before.ran.get(node.id);
      if (hasRun === true) break;
      this.#draw(exits, node.id);
      if (hasRun === false) ended.push(...exits); // where it has run already, the chain ends here
      const known = scope.walked.get(node.id);
      if (known !== undefined) {
        for (const id of known.log.slice(known.position)) mark(before, id);
        exits = [];
        break;
      }
      scope.walked.set(node.id, { log: before.log, position: before.log.length });
      mark(before, node.id);
      exits = this.#inside(node, arrivalsOf(exits), scope, before);
      if (node.type === 'branch') break;
      target = node.next;
    }
    return [...ended, ...exits];
  }

  #inside(node: FlowNode, arrivals: ReadonlySet<string>, scope: Scope, before: Before): readonly Exit[] {
    const exit = { from: node.id, arrivals };
    if (node.type === 'branch') return this.#arms(node, arrivals, scope, before);
    if (node.type === 'sequence') return this.#sequence([exit], node.steps, withStop(scope, node.next), before);
    if (node.type === 'parallel') return this.#rounds(exit, node.branches, withStop(scope, node.next), before);
    return [exit];
  }

  #arms(
    node: FlowNode & { type: 'branch' },
    arrivals: ReadonlySet<string>,
    scope: Scope,
    before: Before,
  ): readonly Exit[] {
    const ways = [
      ...node.arms.map(({ when, next }) => [shortened(when), next] as const),
      ['otherwise', node.default] as const,
    ];
    const ends = ways.map(([label, next]) => {
      const own = copyOf(before);
      return { exits: this.chain([{ from: node.id, label, arrivals }], next, scope, own), own };
    });
    for (const id of new Set(ends.flatMap(({ own }) => [...own.ran.keys()]))) {
      if (ends.every(({ own }) => own.ran.get(id) === true)) mark(before, id);
      else if (!before.ran.has(id)) before.ran.set(id, false);
    }
    return ends.flatMap(({ exits }) => exits);
  }

  #sequence(open: readonly Exit[], heads: readonly string[], scope: Scope, before: Before): readonly Exit[] {
    let exits = open;
    for (const [index, head] of heads.entries()) {
      const later = heads.slice(index + 1).filter((step) => step !== head);
      exits = this.chain(exits, head, headScope(scope, head, later), before);
    }
    return exits;
  }

  #rounds(from: Exit, branches: readonly string[], scope: Scope, before: Before): readonly Exit[] {
    const ended: Exit[] = [];
    let heads = new Map<string, readonly Exit[]>(branches.map((head) => [head, [from]]));
    while (heads.size > 0) {
      const joins = this.#meetings([...heads.keys()], new Set([...scope.stops, ...scope.joins]));
      const inner = scopeOf(scope.stops, new Set([...scope.joins, ...joins]));
      const next = new Map<string, Exit[]>();
      for (const [head, exits] of heads) if (joins.has(head)) next.set(head, [...exits]);
      const rounds = [...heads].filter(([head]) => !joins.has(head));
      const ways = rounds.map(([head, exits]) => {
        const own = copyOf(before);
        return { own, exits: this.chain(exits, head, { ...headScope(inner, head, []), walked: new Map() }, own) };
      });
      for (const [id, hasRun] of ways.flatMap(({ own }) => [...own.ran])) {
        if (hasRun) mark(before, id);
        else if (!before.ran.has(id)) before.ran.set(id, false);
      }
      for (const exit of ways.flatMap(({ exits }) => exits)) {
        const met = [...exit.arrivals].filter((join) => joins.has(join));
        const onwards = { ...exit, arrivals: new Set([...exit.arrivals].filter((join) => !joins.has(join))) };
        if (met.length === 0) ended.push(onwards);
        for (const join of met) next.set(join, [...(next.get(join) ?? []), onwards]);
      }
      heads = rounds.length === 0 ? new Map() : next;
    }
    return ended;
  }

  #draw(exits: readonly Exit[], to: string): void {
    for (const { from, label } of exits) {
      this.edges.set(JSON.stringify([from, to, label]), { from, to, ...(label === undefined ? {} : { label }) });
    }
  }

  /** Nodes that can be reached from two of the heads, and heads that can be reached from another one. */
  #meetings(heads: readonly string[], stops: ReadonlySet<string>): ReadonlySet<string> {
    const reached = new Map<string, number>();
    for (const head of heads)
      for (const id of this.#reachable(head, stops)) reached.set(id, (reached.get(id) ?? 0) + 1);
    return new Set([...reached].filter(([, count]) => count > 1).map(([id]) => id));
  }

  #reachable(head: string, stops: ReadonlySet<string>): ReadonlySet<string> {
    const found = new Set<string>([head]);
    for (const id of found) {
      const node = this.#byId.get(id);
      if (node === undefined) continue;
      for (const target of targetsOf(node)) if (this.#byId.has(target) && !stops.has(target)) found.add(target);
    }
    return found;
  }
}

const withStop = (scope: Scope, next: string | undefined): Scope =>
  scopeOf(next === undefined ? scope.stops : new Set([...scope.stops, next]), scope.joins);

/** Of a listed step or branch: it is not skipped for being what follows something around it. */
function headScope(scope: Scope, head: string, later: readonly string[]): Scope {
  const stops = new Set([...scope.stops, ...later]);
  stops.delete(head);
  return scopeOf(stops, scope.joins);
}

const arrivalsOf = (exits: readonly Exit[]): ReadonlySet<string> =>
  new Set(exits.flatMap(({ arrivals }) => [...arrivals]));

function mark({ ran, log }: Before, id: string): void {
  if (ran.get(id) === true) return;
  ran.set(id, true);
  log.push(id);
}

const copyOf = ({ ran }: Before): Before => ({ ran: new Map(ran), log: [] });

const shortened = (condition: string): string =>
  condition.length > LABEL_LENGTH ? `${condition.slice(0, LABEL_LENGTH - 1)}…` : condition;

/** Ids that a node names as what comes after or inside it. */
function targetsOf(node: FlowNode): readonly string[] {
  if (node.type === 'branch') {
    return [...node.arms.map(({ next }) => next), ...(node.default === undefined ? [] : [node.default])];
  }
  const within = node.type === 'sequence' ? node.steps : node.type === 'parallel' ? node.branches : [];
  return node.next === undefined ? within : [...within, node.next];
}
