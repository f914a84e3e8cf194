import type { FlowNode, TaskNode } from '@flowplane/contracts';
import fc from 'fast-check';
import { flowNodes, numbers } from '../planner/generated-flows.js';
import { compilePlan, type Plan } from '../../src/planner/index.js';
import type { ApprovalSignal } from '../../src/shared/run-input.js';
import {
  applyAction,
  beginModelRun,
  FAILING_TASK_TYPE,
  isFailing,
  settleable,
  type ModelAction,
  type ModelRun,
} from './run-model.js';

/** A document whose arms are decided, and the signals its run gets. */
export type Scenario = { readonly nodes: readonly FlowNode[]; readonly signals: readonly ApprovalSignal[] };

export type ScenarioKind = {
  readonly maxNodes: number;
  /** One task in so many fails for good. 0: none does. */
  readonly failureEvery: number;
  /** Besides one signal for every approval: signals without a target. */
  readonly untargeted?: boolean;
};

/** Every approval gets one signal for itself, some of them twice; arms are literally `true` or `false`. */
export function scenarios({ maxNodes, failureEvery, untargeted = false }: ScenarioKind): fc.Arbitrary<Scenario> {
  return fc.tuple(flowNodes(maxNodes), numbers, numbers).map(([drafts, decisions, failures]) => {
    const at = (list: readonly number[], index: number): number => list[index % list.length] ?? 0;
    const nodes = drafts.map((node, index) => {
      if (node.type === 'branch') return withDecision(node, at(decisions, index));
      if (node.type !== 'task') return node;
      const fails = failureEvery > 0 && at(failures, index) % failureEvery === 0;
      return fails ? failingTask(node) : { ...node, input: { of: node.id } };
    });
    const approvals = nodes.filter(({ type }) => type === 'approval').map(({ id }) => id);
    const signals = approvals.flatMap((nodeId, index) => {
      const choice = at(decisions, index);
      const signal = signalFor(nodeId, choice % 2 === 0);
      const free = untargeted && choice % 3 === 0 ? [{ ...signalFor(null, true), commandId: `free-${nodeId}` }] : [];
      return [signal, ...(choice % 5 === 0 ? [signal] : []), ...free];
    });
    return { nodes, signals };
  });
}

/** Runs a scenario without an engine, to its end. `picks` say, turn by turn, which of the possible actions happens. */
export function playScenario(
  plan: Plan,
  signals: readonly ApprovalSignal[],
  picks: readonly number[],
): { readonly run: ModelRun; readonly actions: readonly ModelAction[] } {
  const actions: ModelAction[] = [];
  let coming = signals.map((signal): ModelAction => ({ kind: 'signal', signal }));
  let run = beginModelRun(plan);
  for (;;) {
    const possible = [...settleable(plan, run), ...coming];
    const action = possible[(picks[actions.length % picks.length] ?? 0) % possible.length];
    if (action === undefined || run.failedAt !== null) return { run, actions };
    actions.push(action);
    const gone = coming.indexOf(action);
    if (gone !== -1) coming = coming.toSpliced(gone, 1);
    run = applyAction(plan, run, action);
  }
}

/** Nodes at which a run with failing tasks may end: those it can reach without passing another one. */
export function failureCandidates(plan: Plan, signals: readonly ApprovalSignal[]): ReadonlySet<string> {
  let run = beginModelRun(plan);
  for (const signal of signals) run = applyAction(plan, run, { kind: 'signal', signal });
  for (;;) {
    const action = settleable(plan, run).find((one) => one.kind === 'settle' && !isFailing(plan.nodes.get(one.nodeId)));
    if (action === undefined) break;
    run = applyAction(plan, run, action);
  }
  return new Set(run.state.active.map(({ nodeId }) => nodeId).filter((nodeId) => isFailing(plan.nodes.get(nodeId))));
}

/** A graph whose run visits less proves little. */
const MIN_VISITED = 4;

export const visitsEnough = ({ nodes, signals }: Scenario): boolean =>
  playScenario(compilePlan({ nodes }), signals, [0]).run.state.trace.length >= MIN_VISITED;

export type ScenarioEnd =
  | { readonly kind: 'completed'; readonly visited: readonly string[]; readonly state: object }
  | { readonly kind: 'failed'; readonly nodeId: string | null; readonly code: string };

/** How the run may end: where a task fails, which one comes first is a race. */
export function endsOfModel({ nodes, signals }: Scenario): readonly ScenarioEnd[] {
  const plan = compilePlan({ nodes });
  const { run } = playScenario(plan, signals, [0]);
  if (run.failedAt === null) {
    return [{ kind: 'completed', visited: run.state.trace.toSorted(), state: run.outputs }];
  }
  return [...failureCandidates(plan, signals)].map((nodeId) => ({ kind: 'failed', nodeId, code: 'SSRF_BLOCKED' }));
}

function withDecision(node: FlowNode, choice: number): FlowNode {
  if (node.type !== 'branch') return node;
  const chosen = choice % (node.arms.length + 1);
  return { ...node, arms: node.arms.map((arm, index) => ({ ...arm, when: String(index === chosen) })) };
}

const failingTask = (node: TaskNode): FlowNode => ({
  ...node,
  taskType: FAILING_TASK_TYPE,
  input: { url: 'http://127.0.0.1:1/' },
});

const signalFor = (nodeId: string | null, approved: boolean): ApprovalSignal => ({
  commandId: `command-${nodeId}`,
  nodeId,
  approved,
  actor: nodeId === null ? 'anyone' : `for-${nodeId}`,
  onBehalfOf: null,
});
