import type { Plan } from './plan.js';

/**
 * Join nodes of a parallel round (flow-language 4.3): what two or more of its heads reach, a head that another one
 * reaches included. Static: nothing here looks at what has run.
 *
 * @param heads in order, without repeats
 * @param walls nodes the search neither counts nor passes: excluded by an enclosing composite
 * @param foreign heads that belong to an outer round and therefore do not start here
 * @returns join nodes in the order in which the heads, one after the other, come upon them
 */
export function joinsOf(
  plan: Plan,
  heads: readonly string[],
  walls: ReadonlySet<string>,
  foreign: ReadonlySet<string>,
): readonly string[] {
  const reachedBy = new Map<string, number>();
  for (const head of heads) {
    if (foreign.has(head)) continue;
    for (const nodeId of reach(plan, head, walls)) reachedBy.set(nodeId, (reachedBy.get(nodeId) ?? 0) + 1);
  }
  return [...reachedBy].filter(([nodeId, count]) => count > 1 && !walls.has(nodeId)).map(([nodeId]) => nodeId);
}

/** The head and what it reaches, depth first, edges in order. */
export function reach(plan: Plan, head: string, walls: ReadonlySet<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [head];
  for (let nodeId = open.pop(); nodeId !== undefined; nodeId = open.pop()) {
    if (seen.has(nodeId)) continue;
    seen.add(nodeId);
    for (const target of [...(plan.targets.get(nodeId) ?? [])].reverse()) {
      if (!seen.has(target) && !walls.has(target)) open.push(target);
    }
  }
  return seen;
}
