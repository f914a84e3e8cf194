import type { EndingStanding, FlowDefinition, FlowNode } from '@flowplane/contracts';
import { writesState } from '../../planner/index.js';
import type { SeenValue } from './digest.js';
import { reconcileNodes, type NodeOutcome, type RunFacts } from './reconcile.js';
import type { RunEnd } from './run-history.js';
import type { SeenNode, SeenRun } from './seen-frames.js';
import type { SubFlowHistory } from './sub-flow-history.js';
import type { TaskHistory } from './task-history.js';

/** A node as the journal alone has it. */
export type JournalNode = {
  readonly outcome: NodeOutcome;
  readonly input: SeenValue | null;
  readonly output: SeenValue | null;
};

/**
 * Why the journal alone does not tell how a run ended; `other_end`: it came to another end than it said; `other_definition`:
 * the one at hand is not that of the run, as that of a flow that was created again.
 */
export type NotWhole = 'end_not_said' | 'frames_not_seen' | 'input_not_seen' | 'other_end' | 'other_definition';
export type JournalTable = { readonly nodes: readonly JournalNode[] } | { readonly notWhole: NotWhole };

/** What the engine's close event says of an end. */
export type CloseEvent = Pick<RunEnd, 'status' | 'workflowTask'>;

/**
 * The final table of a run from its frames and from what it said of its end, without its history. Which node ended, and how,
 * is what the run said: a task whose end is in the log may have ended too late for the engine. The frames have the values,
 * attempts and times. A run that was ended from outside said nothing; then frames are all there is.
 *
 * @param standing of its `RunEnding`; null: there is none
 * @param isFollowed its frames have been followed from its start
 */
export function journalTable(
  run: SeenRun,
  close: CloseEvent,
  standing: EndingStanding | null,
  definition: FlowDefinition | undefined,
  isFollowed: boolean,
): JournalTable {
  const { ending } = run;
  const isOwnEnd = close.workflowTask !== null;
  if (isOwnEnd && (ending === undefined || ending.status === null || standing === null)) {
    return { notWhole: 'end_not_said' };
  }
  if (ending !== undefined && (ending.status !== close.status || ending.workflowTask !== close.workflowTask)) {
    return { notWhole: 'other_end' };
  }
  if (!isFollowed) return { notWhole: 'frames_not_seen' };
  // Each node that begins has a frame. A run with too many values may have been forgotten in between.
  const told = new Set(run.nodes.map(({ nodeId }) => nodeId));
  if (standing?.trace.some((nodeId) => !told.has(nodeId))) return { notWhole: 'frames_not_seen' };

  const types = definition && new Map(definition.nodes.map(({ id, type }) => [id, type]));
  if (types && !isOf(types, run, standing)) return { notWhole: 'other_definition' };
  const outcomes = reconcileNodes(factsOf(run, close, standing, types));
  const seen = new Map(run.nodes.map((node) => [keyOf(node), node]));
  const nodes: JournalNode[] = [];
  for (const outcome of outcomes) {
    const frames = seen.get(keyOf(outcome));
    const isCompleted = outcome.status === 'completed';
    const hasOutput = isCompleted && (writesState(types?.get(outcome.nodeId)) || (frames?.output ?? null) !== null);
    if (hasOutput && frames?.status !== 'completed') return { notWhole: 'frames_not_seen' };
    if (outcome.attempts.some(({ startedAt }) => startedAt === UNKNOWN_TIME)) return { notWhole: 'frames_not_seen' };
    const input = outcome.task === null ? null : (frames?.input ?? null);
    if (outcome.task !== null && input === null) return { notWhole: 'input_not_seen' };
    nodes.push({ outcome, input, output: hasOutput ? (frames?.output ?? null) : null });
  }
  return { nodes };
}

type KnownTypes = ReadonlyMap<string, FlowNode['type']>;
type Types = KnownTypes | undefined;

/** Of a sub-flow whose beginning no frame tells. */
const UNKNOWN_TIME = 0;

/** Whether a definition can be that of the run: it has the visited nodes, and what was handed to the engine is a task. */
function isOf(types: KnownTypes, { nodes }: SeenRun, standing: EndingStanding | null): boolean {
  if (standing?.trace.some((nodeId) => !types.has(nodeId))) return false;
  return nodes.every(({ nodeId, wasScheduled }) => !wasScheduled || types.get(nodeId) === 'task');
}

const keyOf = ({ nodeId, iteration }: { readonly nodeId: string; readonly iteration: number }): string =>
  `${iteration}/${nodeId}`;

function factsOf(
  { nodes, ending }: SeenRun,
  { status }: CloseEvent,
  standing: EndingStanding | null,
  types: Types,
): RunFacts {
  const endOf = endsOf(standing);
  const visited = standing && new Set(standing.trace);
  const own = nodes.filter(({ nodeId, reused }) => !reused && (visited?.has(nodeId) ?? true));
  const subFlows = own.filter(({ nodeId }) => types?.get(nodeId) === 'sub-flow');
  return {
    status,
    failure: ending?.failure ?? null,
    tasks: own.filter((node) => isTask(node, types)).map((node) => taskOf(node, endOf(node))),
    subFlows: new Map(subFlows.map((node) => [node.nodeId, subFlowOf(endOf(node))])),
    trace: standing?.trace ?? null,
    open: new Map(standing?.open),
    reused: new Set(standing?.reused),
    arms: new Map(standing?.arms),
    seen: nodes,
  };
}

/** A task that failed before it was handed to the engine is none for the engine: its input could not be evaluated. */
function isTask({ nodeId, wasScheduled, attempts }: SeenNode, types: Types): boolean {
  if (types === undefined) return wasScheduled;
  const hasBegun = wasScheduled || [...attempts.values()].some(({ startedAt }) => startedAt !== null);
  return hasBegun && types.get(nodeId) === 'task';
}

const STATE_TOO_LARGE = 'StateTooLarge';

type End = Pick<TaskHistory, 'error'> & { readonly end: 'open' | 'completed' | 'failed' };

function endsOf(standing: EndingStanding | null): (node: SeenNode) => End {
  const open = new Map(standing?.open);
  const failed = new Map(standing?.failed);
  return ({ nodeId, status, error }) => {
    const failure = failed.get(nodeId);
    // The state of the run did not take its output: it fails the run, and has completed all the same.
    if (failure?.code === STATE_TOO_LARGE && status === 'completed') return { end: status, error: null };
    if (failure !== undefined) return { end: 'failed', error: { ...failure, stack: null } };
    if (standing !== null) return { end: open.has(nodeId) ? 'open' : 'completed', error: null };
    if (status === 'failed') return { end: status, error };
    return { end: status === 'completed' ? status : 'open', error: null };
  };
}

const taskOf = ({ nodeId, iteration, attempts, firstOffset }: SeenNode, end: End): TaskHistory => ({
  // In the place of the engine's: as of a run that is open, whose tasks are shown in the order of their first frames.
  scheduledEventId: String(firstOffset),
  ...{ nodeId, iteration, ...end, attempt: Math.max(0, ...attempts.keys()) },
  // What only the engine knows.
  ...{ scheduledAt: 0, startedAt: null, endedAt: null },
  ...{ input: null, output: null, errorBefore: null },
});

const subFlowOf = (end: End): SubFlowHistory => ({
  ...end,
  ...{ nodeId: null, startedAt: UNKNOWN_TIME, endedAt: null, result: null },
});
