import type { Plan } from './plan.js';
import type { PlanStep, Settled } from './plan-step.js';
import type { RunState } from './run-state.js';
import { Walk, type OnStart } from './walk.js';

/**
 * One step of the walk through a flow (flow-language 4): what starts and which composites end because `settled`
 * ended, or, without it, because the run begins. Pure, and total for definitions that passed validation.
 *
 * @throws Error when `settled` is not active, which is a bug of the caller
 */
export function planNext(plan: Plan, run: RunState, settled?: Settled, onStart?: OnStart): PlanStep {
  const walk = new Walk(plan, run, onStart);
  if (settled === undefined) walk.begin();
  else walk.settle(settled);
  return walk.finish();
}
