import {
  assertNever,
  attemptError,
  givenUp,
  isGivenUp,
  type ClosedStatus,
  type FlowDefinition,
  type NodeAttempt,
  type NodeError,
  type NodeStatus,
  type RunFailure,
} from '@flowplane/contracts';
import type { SeenNode } from './seen-frames.js';
import type { SubFlowHistory } from './sub-flow-history.js';
import type { TaskHistory } from './task-history.js';

/** The final state of one visited node; values are still where the history has them (`task`, or the run's state). */
export type NodeOutcome = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly status: NodeStatus;
  readonly reused: boolean;
  readonly error: NodeError | null;
  readonly attempts: readonly NodeAttempt[];
  /** The task in the engine; null for nodes the engine does not know. */
  readonly task: TaskHistory | null;
  /** Of a branch: index of the arm it decided for, -1 for none; undefined elsewhere, and where it is not known. */
  readonly arm: number | undefined;
  /** Rank of the last frame seen of it; undefined: none was. */
  readonly seenRank: number | undefined;
};

export type RunFacts = {
  readonly status: ClosedStatus;
  readonly failure: RunFailure | null;
  /** Of the whole run, also over continue-as-new. */
  readonly tasks: readonly TaskHistory[];
  /** Child runs by sub-flow node, also over continue-as-new. */
  readonly subFlows: ReadonlyMap<string, SubFlowHistory>;
  /** Node ids in the order started, as the run reported at its end; null: it ended without a report. */
  readonly trace: readonly string[] | null;
  /** Nodes of the trace that had not ended. */
  readonly open: ReadonlyMap<string, NodeStatus>;
  /** Nodes that completed in the source of a retry, and were visited. */
  readonly reused: ReadonlySet<string>;
  readonly arms: ReadonlyMap<string, number>;
  readonly seen: readonly SeenNode[];
};

const keyOf = (node: { readonly nodeId: string; readonly iteration: number }): string =>
  `${node.iteration}/${node.nodeId}`;

/**
 * The final node table: tasks and sub-flows as the history has them, all other nodes as the run itself reported at its end,
 * and only where it could not (an operator terminated it) as their frames say. In the order visited.
 */
export function reconcileNodes(facts: RunFacts): readonly NodeOutcome[] {
  const tasks = new Map(facts.tasks.map((task) => [keyOf(task), task]));
  const seen = new Map(facts.seen.map((node) => [keyOf(node), node]));
  return visitedKeys(facts, tasks, seen).map(({ key, nodeId, iteration }) => {
    const task = tasks.get(key);
    const frames = seen.get(key);
    if (task !== undefined) return taskNode(task, frames);
    const subFlow = facts.subFlows.get(nodeId);
    return subFlow === undefined
      ? untracedNode(facts, nodeId, iteration, frames)
      : subFlowNode(facts, subFlow, nodeId, frames);
  });
}

type Visited = { readonly key: string; readonly nodeId: string; readonly iteration: number };

function visitedKeys(
  facts: RunFacts,
  tasks: ReadonlyMap<string, TaskHistory>,
  seen: ReadonlyMap<string, SeenNode>,
): readonly Visited[] {
  const visited = new Map<string, Visited>();
  const visit = (nodeId: string, iteration: number): void => {
    const key = keyOf({ nodeId, iteration });
    if (!visited.has(key)) visited.set(key, { key, nodeId, iteration });
  };
  for (const nodeId of facts.trace ?? []) visit(nodeId, 1);
  // Without a trace, frames are the best order there is: they are written in the order of visits.
  if (facts.trace === null)
    for (const node of seen.values()) if (node.status !== 'skipped') visit(node.nodeId, node.iteration);
  for (const task of tasks.values()) visit(task.nodeId, task.iteration);
  for (const nodeId of facts.subFlows.keys()) visit(nodeId, 1);
  const failedAt = facts.failure?.nodeId ?? null;
  if (failedAt !== null && ![...visited.values()].some((node) => node.nodeId === failedAt)) visit(failedAt, 1);
  return [...visited.values()];
}

function taskNode(task: TaskHistory, frames: SeenNode | undefined): NodeOutcome {
  const status = taskStatus(task, frames);
  const attempts = taskAttempts(task, status, frames);
  const { nodeId, iteration, error } = task;
  return { nodeId, iteration, status, reused: false, error, attempts, task, arm: undefined, seenRank: frames?.rank };
}

/** A child that was cancelled did not fail: its parent ended, or its node has the parent's failure. */
function subFlowNode(
  facts: RunFacts,
  { end, error: ownError, ...times }: SubFlowHistory,
  nodeId: string,
  frames: SeenNode | undefined,
): NodeOutcome {
  const failed = facts.failure?.nodeId === nodeId || end === 'failed';
  const status = failed ? 'failed' : end === 'completed' ? 'completed' : 'started';
  const error = failureAt(facts, nodeId) ?? (failed ? ownError : null);
  const seen = frames?.attempts.get(1);
  const startedAt = seen?.startedAt ?? times.startedAt;
  const completedAt = status === 'started' ? null : (seen?.completedAt ?? times.endedAt);
  const attempts = [{ status, attemptNumber: 1, startedAt, completedAt }] as const;
  const rest = { task: null, arm: undefined, seenRank: frames?.rank };
  return { nodeId, iteration: 1, status, reused: false, error, attempts, ...rest };
}

function failureAt({ failure }: RunFacts, nodeId: string): NodeError | null {
  return failure?.nodeId === nodeId ? { code: failure.code, message: failure.message, stack: null } : null;
}

function taskStatus(task: TaskHistory, frames: SeenNode | undefined): NodeStatus {
  switch (task.end) {
    case 'completed':
      return 'completed';
    case 'failed':
    case 'timed-out':
      return 'failed';
    case 'canceled':
    case 'open':
      // The engine writes an attempt's start only with its end, so frames know more of a task that never ended.
      if (frames !== undefined && frames.status !== 'completed' && frames.status !== 'failed') return frames.status;
      return task.attempt > 0 || frames !== undefined ? 'started' : 'scheduled';
    default:
      return assertNever(task.end);
  }
}

/** Attempts of a task that are reported, the last ones: one that was tried for days has very many. */
const MAX_ATTEMPTS = 100;

/** The history knows the last attempt and the error of the one before; the others are as frames told them. */
function taskAttempts(task: TaskHistory, status: NodeStatus, frames: SeenNode | undefined): readonly NodeAttempt[] {
  const last = Math.max(task.attempt, ...(frames?.attempts.keys() ?? []));
  const before = Math.max(0, last - MAX_ATTEMPTS);
  return Array.from({ length: last - before }, (_, index): NodeAttempt => {
    const attemptNumber = before + index + 1;
    const seen = frames?.attempts.get(attemptNumber);
    const ofHistory = attemptNumber === task.attempt;
    const times = {
      // What streams have shown stays as it was shown.
      startedAt: seen?.startedAt ?? (ofHistory ? task.startedAt : null),
      completedAt: seen?.completedAt ?? (ofHistory ? task.endedAt : null),
    };
    if (attemptNumber === last) return lastAttempt(task, status, attemptNumber, times, seen);
    const told = attemptNumber === task.attempt - 1 && !isToldBetter(task.errorBefore, seen) ? task.errorBefore : null;
    if (told !== null) return { status: 'failed', attemptNumber, ...times, ...dueOf(seen), error: attemptError(told) };
    if (seen === undefined) return { status: 'failed', attemptNumber, ...times };
    return seen.error === undefined ? givenUp({ ...seen, ...times }) : { ...seen, status: 'failed', ...times };
  });
}

/** The engine has given the attempt up, and it told its own error all the same. */
const isToldBetter = (error: NodeError | null, seen: NodeAttempt | undefined): boolean =>
  error?.code === 'TIMEOUT' && seen?.error !== undefined && !isGivenUp(seen);

const dueOf = (seen: NodeAttempt | undefined): Pick<NodeAttempt, 'nextAttemptAt'> =>
  seen?.nextAttemptAt === undefined ? {} : { nextAttemptAt: seen.nextAttemptAt };

function lastAttempt(
  { error }: TaskHistory,
  status: NodeStatus,
  attemptNumber: number,
  times: Pick<NodeAttempt, 'startedAt' | 'completedAt'>,
  seen: NodeAttempt | undefined,
): NodeAttempt {
  const attempt = { status: status === 'scheduled' ? ('started' as const) : status, attemptNumber, ...times };
  if (status === 'failed') return error === null ? attempt : { ...attempt, error: attemptError(error) };
  // A run that ended while the task waited for its next attempt.
  return seen?.error === undefined || status === 'completed'
    ? attempt
    : { ...attempt, error: seen.error, ...dueOf(seen) };
}

function untracedNode(facts: RunFacts, nodeId: string, iteration: number, frames: SeenNode | undefined): NodeOutcome {
  const status = untracedStatus(facts, nodeId, frames);
  const seen = frames?.attempts.get(1);
  const attempt = {
    status,
    attemptNumber: 1,
    startedAt: seen?.startedAt ?? null,
    completedAt: seen?.completedAt ?? null,
  };
  const reused = status === 'completed' && (facts.reused.has(nodeId) || frames?.reused === true);
  const attempts = reused || status === 'scheduled' ? [] : [attempt];
  const error = failureAt(facts, nodeId);
  const rest = { task: null, arm: facts.arms.get(nodeId), seenRank: frames?.rank };
  return { nodeId, iteration, status, reused, error, attempts, ...rest };
}

function untracedStatus(facts: RunFacts, nodeId: string, frames: SeenNode | undefined): NodeStatus {
  if (facts.failure?.nodeId === nodeId) return 'failed';
  const open = facts.open.get(nodeId);
  if (open !== undefined) return open;
  return facts.trace?.includes(nodeId) ? 'completed' : (frames?.status ?? 'started');
}

/** Nodes of the definition that a run never came to, in document order. */
export function neverVisited(
  definition: FlowDefinition,
  visited: readonly Pick<NodeOutcome, 'nodeId'>[],
): readonly string[] {
  const ids = new Set(visited.map((node) => node.nodeId));
  return definition.nodes.map((node) => node.id).filter((id) => !ids.has(id));
}
