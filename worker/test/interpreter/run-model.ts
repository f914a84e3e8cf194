import type { FlowNode, JsonObject, TaskNode } from '@flowplane/contracts';
import { planNext, type Plan, type PlanStep, type RunState, NOT_BEGUN } from '../../src/planner/index.js';
import type { ApprovalSignal } from '../../src/shared/run-input.js';
import {
  EMPTY_INBOX,
  reach,
  receive,
  type ApprovalInbox,
  type InboxStep,
} from '../../src/interpreter/workflow/approval-inbox.js';

/** A task of this type fails for good, on the engine as in the model: its address is blocked. */
export const FAILING_TASK_TYPE = 'http.request';

/** What can happen next to a model run: an open node ends, or a signal arrives. */
export type ModelAction =
  { readonly kind: 'settle'; readonly nodeId: string } | { readonly kind: 'signal'; readonly signal: ApprovalSignal };

/** A run without an engine: planner and inbox put together as the interpreter does. Plain data. */
export type ModelRun = {
  readonly state: RunState;
  readonly inbox: ApprovalInbox;
  /** Signals that released approvals which have not settled yet, by node. */
  readonly released: Readonly<Record<string, ApprovalSignal>>;
  readonly outputs: JsonObject;
  readonly failedAt: string | null;
};

export function beginModelRun(plan: Plan): ModelRun {
  const empty = { state: NOT_BEGUN, inbox: EMPTY_INBOX, released: {}, outputs: {}, failedAt: null };
  return walked(plan, empty, planNext(plan, NOT_BEGUN));
}

/** Open nodes that can end now: all but the approvals nobody has decided. */
export function settleable(plan: Plan, run: ModelRun): readonly ModelAction[] {
  if (run.failedAt !== null) return [];
  return run.state.active
    .filter(({ nodeId }) => plan.nodes.get(nodeId)?.type !== 'approval' || run.released[nodeId] !== undefined)
    .map(({ nodeId }) => ({ kind: 'settle', nodeId }));
}

export function applyAction(plan: Plan, run: ModelRun, action: ModelAction): ModelRun {
  if (run.failedAt !== null) return run;
  if (action.kind === 'signal') return noted(run, receive(run.inbox, action.signal));
  const node = plan.nodes.get(action.nodeId) as FlowNode;
  if (isFailing(node)) return { ...run, failedAt: node.id };
  const output = outputOf(node, run);
  const outputs = output === undefined ? run.outputs : { ...run.outputs, [node.id]: output };
  const target = node.type === 'branch' ? decided(node) : undefined;
  return walked(plan, { ...run, outputs }, planNext(plan, run.state, { nodeId: node.id, target }));
}

export const isFailing = (node: FlowNode | undefined): boolean =>
  node?.type === 'task' && node.taskType === FAILING_TASK_TYPE;

/** Approvals are reached in the order in which they start. */
function walked(plan: Plan, before: ModelRun, step: PlanStep): ModelRun {
  if (step.unknown !== undefined) throw new Error(`'${step.unknown.nodeId}' leads nowhere`);
  let run: ModelRun = { ...before, state: step.run };
  for (const { kind, nodeId } of step.changes) {
    if (kind === 'start' && plan.nodes.get(nodeId)?.type === 'approval') run = noted(run, reach(run.inbox, nodeId));
  }
  return run;
}

function noted(run: ModelRun, { inbox, released }: InboxStep): ModelRun {
  if (released === undefined) return { ...run, inbox };
  return { ...run, inbox, released: { ...run.released, [released.nodeId]: released.signal } };
}

function decided(node: FlowNode): string | undefined {
  if (node.type !== 'branch') return undefined;
  return node.arms.find(({ when }) => when === 'true')?.next ?? node.default;
}

function outputOf(node: FlowNode, run: ModelRun): JsonObject | undefined {
  if (node.type === 'task') return { executed: true, taskType: node.taskType, params: paramsOf(node) };
  if (node.type !== 'approval') return undefined;
  const signal = run.released[node.id];
  if (signal === undefined) throw new Error(`nobody has decided '${node.id}'`);
  return { approved: signal.approved, timedOut: false, actor: signal.actor };
}

const paramsOf = ({ input }: TaskNode): JsonObject => input ?? {};
