import type { FlowNode } from '@flowplane/contracts/flow/document';

/** A line of the picture: one node runs, or may run, right after the other. */
export type DrawnEdge = {
  readonly from: string;
  readonly to: string;
  /** Of a branch: its condition, or `otherwise`. */
  readonly label?: string;
};

/** Where a line begins that has no end yet. */
type Exit = { readonly from: string; readonly label?: string };

type Scope = {
  /** Targets that end a chain: the `next` of enclosing composites, later steps of sequences (flow-language 4.2). */
  readonly stops: ReadonlySet<string>;
  /** Join nodes of enclosing parallels (flow-language 4.3), with the exits that have arrived at each. */
  readonly joins: ReadonlyMap<string, Exit[]>;
  /** Nodes of earlier steps, which have run already (flow-language 4.2). */
  readonly before: ReadonlySet<string>;
  /** Whether the chain is an arm's, which may not run at all. */
  readonly isArm: boolean;
};

const LABEL_LENGTH = 32;

/**
 * The lines between the nodes of a flow, as they run: a chain that ends within a sequence goes on with the next step, and
 * chains of a parallel meet where they join. Nodes that nothing leads to have no line.
 */
export function drawnEdges(nodes: readonly FlowNode[]): DrawnEdge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = new Map<string, DrawnEdge>();
  /** Whether each node that was walked is sure to have run. */
  const walked = new Map<string, boolean>();
  const draw = (exits: readonly Exit[], to: string): void => {
    for (const { from, label } of exits) {
      const key = JSON.stringify([from, to, label]);
      edges.set(key, { from, to, ...(label === undefined ? {} : { label }) });
    }
  };

  /** Follows a chain that the exits lead to. @returns the exits that it ends with */
  const chain = (exits: readonly Exit[], first: string | undefined, scope: Scope): readonly Exit[] => {
    let open = exits;
    for (let target = first; ;) {
      const node = target === undefined ? undefined : byId.get(target);
      if (node === undefined || scope.stops.has(node.id)) return open;
      const join = scope.joins.get(node.id);
      if (join !== undefined) {
        join.push(...open);
        return [];
      }
      const isSure = walked.get(node.id);
      if (isSure === true && scope.before.has(node.id)) return open;
      draw(open, node.id);
      if (isSure !== undefined) return scope.before.has(node.id) ? open : [];
      walked.set(node.id, !scope.isArm);
      if (node.type === 'branch') return arms(node, scope);
      open = inside(node, scope);
      target = node.next;
    }
  };

  const arms = (node: FlowNode & { type: 'branch' }, around: Scope): readonly Exit[] => {
    const scope = { ...around, isArm: true };
    return [
      ...node.arms.flatMap(({ when, next }) => chain([{ from: node.id, label: shortened(when) }], next, scope)),
      ...chain([{ from: node.id, label: 'otherwise' }], node.default, scope),
    ];
  };

  const inside = (node: Exclude<FlowNode, { type: 'branch' }>, scope: Scope): readonly Exit[] => {
    if (node.type === 'sequence') return steps(node.id, node.steps, withStop(scope, node.next));
    if (node.type === 'parallel') return rounds(node.id, node.branches, withStop(scope, node.next));
    return [{ from: node.id }];
  };

  const steps = (id: string, heads: readonly string[], scope: Scope): readonly Exit[] => {
    let open: readonly Exit[] = [{ from: id }];
    const known = new Set(walked.keys());
    for (const [index, head] of heads.entries()) {
      if (walked.has(head)) continue;
      const before = new Set([...scope.before, ...[...walked.keys()].filter((walkedId) => !known.has(walkedId))]);
      const later = heads.slice(index + 1).filter((step) => step !== head);
      const stops = new Set([...scope.stops, ...later]);
      stops.delete(head); // a listed step is not skipped for being the next of something around it
      open = chain(open, head, { ...scope, stops, before });
    }
    return open;
  };

  const rounds = (id: string, branches: readonly string[], scope: Scope): readonly Exit[] => {
    const ended: Exit[] = [];
    let heads = new Map(branches.map((head) => [head, [{ from: id }]] as [string, Exit[]]));
    while (heads.size > 0) {
      const meeting = meetings([...heads.keys()], byId, new Set([...scope.stops, ...scope.joins.keys()]));
      const joins = new Map([...meeting].map((join) => [join, heads.get(join) ?? []] as [string, Exit[]]));
      for (const [head, exits] of heads) {
        if (meeting.has(head)) continue;
        const stops = new Set(scope.stops);
        stops.delete(head);
        ended.push(...chain(exits, head, { ...scope, stops, joins: new Map([...scope.joins, ...joins]) }));
      }
      heads = new Map([...joins].filter(([, arrived]) => arrived.length > 0));
    }
    return ended;
  };

  const [start] = nodes;
  if (start !== undefined) chain([], start.id, { stops: new Set(), joins: new Map(), before: new Set(), isArm: false });
  return [...edges.values()];
}

const withStop = (scope: Scope, next: string | undefined): Scope =>
  next === undefined ? scope : { ...scope, stops: new Set([...scope.stops, next]) };

const shortened = (condition: string): string =>
  condition.length > LABEL_LENGTH ? `${condition.slice(0, LABEL_LENGTH - 1)}…` : condition;

/** Nodes that can be reached from two of the heads, and heads that can be reached from another one. */
function meetings(
  heads: readonly string[],
  byId: ReadonlyMap<string, FlowNode>,
  stops: ReadonlySet<string>,
): ReadonlySet<string> {
  const reached = new Map<string, number>();
  for (const head of heads) {
    for (const id of reachable(head, byId, stops)) reached.set(id, (reached.get(id) ?? 0) + 1);
  }
  return new Set([...reached].filter(([, count]) => count > 1).map(([id]) => id));
}

function reachable(head: string, byId: ReadonlyMap<string, FlowNode>, stops: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>([head]);
  for (const id of found) {
    const node = byId.get(id);
    if (node === undefined) continue;
    for (const target of targetsOf(node)) if (byId.has(target) && !stops.has(target)) found.add(target);
  }
  return found;
}

/** Ids that a node names as what comes after or inside it. */
function targetsOf(node: FlowNode): readonly string[] {
  if (node.type === 'branch') {
    return [...node.arms.map(({ next }) => next), ...(node.default === undefined ? [] : [node.default])];
  }
  const within = node.type === 'sequence' ? node.steps : node.type === 'parallel' ? node.branches : [];
  return node.next === undefined ? within : [...within, node.next];
}
