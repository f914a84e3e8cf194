import type { FlowNode } from '@flowplane/contracts';
import type { Choices, ModelEvent } from './model.js';

/**
 * flow-language 4 once more, as closures calling each other: no shared code with the planner, no state
 * that could be kept. Only tests use it, to compare the planner with an independent reading of the same text.
 */
type Context = {
  /** (a) and (b): where following an edge stops. */
  readonly stops: (target: string) => boolean;
  /** (c): true when `target` is a join node of an enclosing round, which notes the arrival. */
  readonly arrive: (target: string) => boolean;
  readonly outerJoins: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  readonly around: readonly Enclosing[];
};
/** A composite around a node, with the steps that come later in it. */
export type Enclosing = { readonly composite: string; readonly later: readonly string[] };
type Done = () => void;

const nextOf = (node: FlowNode): string | undefined => (node.type === 'branch' ? undefined : node.next);

function edges(node: FlowNode): string[] {
  const next = nextOf(node);
  const tail = next === undefined ? [] : [next];
  if (node.type === 'sequence') return [...node.steps, ...tail];
  if (node.type === 'parallel') return [...node.branches, ...tail];
  if (node.type !== 'branch') return tail;
  return [...node.arms.map((arm) => arm.next), ...(node.default === undefined ? [] : [node.default])];
}

const ROOT: Context = {
  stops: () => false,
  arrive: () => false,
  outerJoins: new Set(),
  excluded: new Set(),
  around: [],
};
const inside = (outer: Context, more: readonly string[], around: Enclosing): Context => {
  const excluded = new Set([...outer.excluded, ...more]);
  return { ...outer, excluded, around: [...outer.around, around], stops: (target) => excluded.has(target) };
};

export function recursiveRun(
  nodes: readonly FlowNode[],
  choices: Choices,
  onStart: (nodeId: string, around: readonly Enclosing[]) => void = () => undefined,
): readonly ModelEvent[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const get = (id: string): FlowNode => byId.get(id) as FlowNode;
  const events: ModelEvent[] = [];
  const started = new Set<string>();
  const waiting: { readonly id: string; readonly resume: Done }[] = [];

  const reachable = (from: string, walls: ReadonlySet<string>, found = new Set<string>()): Set<string> => {
    found.add(from);
    for (const to of edges(get(from))) if (!found.has(to) && !walls.has(to)) reachable(to, walls, found);
    return found;
  };
  const follow = (target: string | undefined, context: Context, done: Done): void => {
    if (target === undefined || context.arrive(target) || context.stops(target) || started.has(target)) done();
    else run(target, context, done);
  };
  const listed = (target: string, context: Context, done: Done): void => {
    if (context.arrive(target) || started.has(target)) done();
    else run(target, context, done);
  };
  const run = (id: string, context: Context, done: Done): void => {
    const node = get(id);
    started.add(id);
    onStart(id, context.around);
    events.push({ kind: 'start', nodeId: id });
    const goOn = (target: string | undefined): void => follow(target, context, done);
    if (node.type === 'sequence' || node.type === 'parallel') {
      const ended = (): void => {
        events.push({ kind: 'end', nodeId: id });
        goOn(node.next);
      };
      const own = node.next === undefined ? [] : [node.next];
      if (node.type === 'sequence') steps(id, node.steps, own, context, ended);
      else round([...new Set(node.branches)], inside(context, own, { composite: id, later: [] }), ended);
      return;
    }
    const resume = (): void => {
      events.push({ kind: 'settled', nodeId: id });
      if (node.type !== 'branch') return goOn(node.next);
      goOn(choices.decide(id, [...node.arms.map((arm) => arm.next), node.default]));
    };
    waiting.push({ id, resume });
  };
  const steps = (
    composite: string,
    rest: readonly string[],
    own: readonly string[],
    outer: Context,
    done: Done,
  ): void => {
    const [first, ...later] = rest;
    if (first === undefined) return done();
    const context = inside(outer, [...own, ...later], { composite, later });
    listed(first, context, () => steps(composite, later, own, outer, done));
  };
  const round = (heads: readonly string[], outer: Context, done: Done): void => {
    const walls = new Set([...outer.excluded, ...outer.outerJoins]);
    const counts = new Map<string, number>();
    for (const head of heads.filter((candidate) => !outer.outerJoins.has(candidate))) {
      for (const id of reachable(head, walls)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const joins = [...counts.keys()].filter((id) => (counts.get(id) ?? 0) > 1 && !walls.has(id));
    const nextHeads = new Set(heads.filter((head) => joins.includes(head)));
    const context: Context = {
      ...outer,
      outerJoins: new Set([...outer.outerJoins, ...joins]),
      arrive: (target) => {
        if (joins.includes(target)) nextHeads.add(target);
        return joins.includes(target) || outer.arrive(target);
      },
    };
    const starting = heads.filter((head) => !joins.includes(head));
    let open = starting.length + 1;
    const ended = (): void => {
      open -= 1;
      if (open > 0) return;
      if (nextHeads.size === 0) done();
      else
        round(
          joins.filter((join) => nextHeads.has(join)),
          outer,
          done,
        );
    };
    for (const head of starting) listed(head, context, ended);
    ended();
  };

  run((nodes[0] as FlowNode).id, ROOT, () => undefined);
  while (waiting.length > 0) {
    const [next] = waiting.splice(choices.pick(waiting.map(({ id }) => id)), 1);
    next?.resume();
  }
  return events;
}
