import { reach } from './joins.js';
import { isComposite } from './node-kinds.js';
import { planNext } from './plan-next.js';
import { nextOf, type Plan } from './plan.js';
import type { PlanStep, Settled } from './plan-step.js';
import { NOT_BEGUN, type Scope } from './run-state.js';

/** A node the source of a retry visited. `arm`: of a branch, index of the arm that decided, -1 for none. */
export type SourceNode = { readonly nodeId: string; readonly completed: boolean; readonly arm?: number | undefined };

/** Where a retry begins: at what did not complete, or at a node. */
export type RetryFrom = { readonly kind: 'failed' } | { readonly kind: 'node'; readonly nodeId: string };

/**
 * Nodes that a retry does not execute again (flow-language 11.4). Composites are never among them: they are walked
 * again. Neither is a branch whose decision is not known: it decides again.
 *
 * @param source nodes in the order the source visited them
 */
export function reusedNodes(plan: Plan, source: readonly SourceNode[], from: RetryFrom): ReadonlySet<string> {
  const again = from.kind === 'failed' ? new Set<string>() : nodeAndFollowers(plan, source, from.nodeId);
  const reused = source.filter(({ nodeId, completed, arm }) => {
    const type = plan.nodes.get(nodeId)?.type;
    if (!completed || type === undefined || isComposite(type) || again.has(nodeId)) return false;
    return type !== 'branch' || arm !== undefined;
  });
  return new Set(reused.map(({ nodeId }) => nodeId));
}

/** The node, what is reachable from it, and what comes behind it in the composites around it with all that follows. */
function nodeAndFollowers(plan: Plan, source: readonly SourceNode[], nodeId: string): ReadonlySet<string> {
  const around = compositesAround(plan, source, nodeId) ?? compositesThatReach(plan, nodeId);
  const heads = [nodeId];
  for (const { nodeId: compositeId, step } of around) {
    const composite = plan.nodes.get(compositeId);
    if (composite?.type === 'sequence') heads.push(...composite.steps.slice(step + 1));
    const next = composite && nextOf(composite);
    if (next !== undefined) heads.push(next);
  }
  const found = new Set<string>();
  for (const head of heads.filter((id) => plan.nodes.has(id))) {
    for (const reached of reach(plan, head, found)) found.add(reached);
  }
  return found;
}

/** A composite around a node; `step` is the index of the step that the node belongs to, 0 in a parallel. */
type Around = { readonly nodeId: string; readonly step: number };

/**
 * The composites inside which the source started a node: the source's walk, done again with its own decisions.
 *
 * @returns undefined when that does not lead to the node: it was never visited, or a decision on the way is not known
 */
function compositesAround(plan: Plan, source: readonly SourceNode[], nodeId: string): readonly Around[] | undefined {
  const known = new Map(source.map((node) => [node.nodeId, node]));
  let found: readonly Scope[] | undefined;
  const take = (settled?: Settled, before?: PlanStep): PlanStep =>
    planNext(plan, before?.run ?? NOT_BEGUN, settled, (started, scopes) => {
      if (started === nodeId) found ??= scopes;
    });
  let step = take();
  while (found === undefined && step.unknown === undefined) {
    const settled = step.run.active.flatMap((active) => settledAs(plan, known.get(active.nodeId)))[0];
    if (settled === undefined) return undefined;
    step = take(settled, step);
  }
  return found?.map((scope) => ({ nodeId: scope.nodeId, step: scope.kind === 'sequence' ? scope.step : 0 }));
}

function settledAs(plan: Plan, node: SourceNode | undefined): readonly Settled[] {
  if (node?.completed !== true) return [];
  const { nodeId, arm } = node;
  const branch = plan.nodes.get(nodeId);
  if (branch?.type !== 'branch') return [{ nodeId }];
  return arm === undefined ? [] : [{ nodeId, target: branch.arms[arm]?.next ?? branch.default }];
}

/** Composites that may be around a node, whatever a run decides: rather too many, so that nothing stale is reused. */
function compositesThatReach(plan: Plan, nodeId: string): readonly Around[] {
  const reaches = (head: string): boolean => plan.nodes.has(head) && reach(plan, head, new Set()).has(nodeId);
  return [...plan.nodes.values()].flatMap((node) => {
    if (node.type === 'parallel') return node.branches.some(reaches) ? [{ nodeId: node.id, step: 0 }] : [];
    const step = node.type === 'sequence' ? node.steps.findIndex(reaches) : -1;
    return step === -1 ? [] : [{ nodeId: node.id, step }];
  });
}
