export { compilePlan, type Plan } from './plan.js';
export { NOT_BEGUN, type RunState } from './run-state.js';
export { planNext } from './plan-next.js';
export type { Change, PlanStep, Settled, UnknownTarget } from './plan-step.js';
export { writesState } from './node-kinds.js';
export { reusedNodes, type RetryFrom, type SourceNode } from './reused-nodes.js';
