import type { FlowNode } from '@flowplane/contracts';
import { planNext } from '../../src/planner/plan-next.js';
import type { Plan } from '../../src/planner/plan.js';
import type { Settled } from '../../src/planner/plan-step.js';
import { NOT_BEGUN, type RunState } from '../../src/planner/run-state.js';

/** How a model run goes: which active node settles next, and what branches decide. */
export type Choices = {
  readonly pick: (active: readonly string[]) => number;
  readonly decide: (branchId: string, targets: readonly (string | undefined)[]) => string | undefined;
};

export type ModelEvent = { readonly kind: 'start' | 'end' | 'settled'; readonly nodeId: string };
export type ModelRun = { readonly run: RunState; readonly events: readonly ModelEvent[] };

/** Runs a plan to its end without an engine: the model that tests compare with. */
export function drive(plan: Plan, choices: Choices): ModelRun {
  const events: ModelEvent[] = [];
  let step = planNext(plan, NOT_BEGUN);
  events.push(...step.changes);
  while (step.unknown === undefined && step.run.active.length > 0) {
    const active = step.run.active.map(({ nodeId }) => nodeId);
    const nodeId = active[choices.pick(active)] as string;
    events.push({ kind: 'settled', nodeId });
    step = planNext(plan, step.run, settle(plan.nodes.get(nodeId) as FlowNode, choices));
    events.push(...step.changes);
  }
  return { run: step.run, events };
}

function settle(node: FlowNode, choices: Choices): Settled {
  if (node.type !== 'branch') return { nodeId: node.id };
  return { nodeId: node.id, target: choices.decide(node.id, [...node.arms.map(({ next }) => next), node.default]) };
}
