import type {
  ClosedStatus,
  FlowDefinition,
  NodeAttempt,
  NodeError,
  NodeStatus,
  RunFailure,
} from '@flowplane/contracts';
import type { TaskHistory } from './run-history.js';
import type { SeenNode } from './seen-frames.js';

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
  /** Rank of the last frame seen of it; undefined: none was. */
  readonly seenRank: number | undefined;
};

export type RunFacts = {
  readonly status: ClosedStatus;
  readonly failure: RunFailure | null;
  /** Of the whole run, also over continue-as-new. */
  readonly tasks: readonly TaskHistory[];
  /** Node ids in the order started, from the result; null: the run has none. */
  readonly trace: readonly string[] | null;
  readonly seen: readonly SeenNode[];
};

const keyOf = (node: { readonly nodeId: string; readonly iteration: number }): string =>
  `${node.iteration}/${node.nodeId}`;

/**
 * The final node table: tasks as the history has them, all other nodes as the trace has them, and only where a run
 * left no trace (it failed, or was ended from outside) as their frames told. In the order visited.
 */
export function reconcileNodes(facts: RunFacts): readonly NodeOutcome[] {
  const tasks = new Map(facts.tasks.map((task) => [keyOf(task), task]));
  const seen = new Map(facts.seen.map((node) => [keyOf(node), node]));
  return visitedKeys(facts, tasks, seen).map(({ key, nodeId, iteration }) => {
    const task = tasks.get(key);
    const frames = seen.get(key);
    return task === undefined ? untracedNode(facts, nodeId, iteration, frames) : taskNode(task, frames);
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
  const failedAt = facts.failure?.nodeId ?? null;
  if (failedAt !== null && ![...visited.values()].some((node) => node.nodeId === failedAt)) visit(failedAt, 1);
  return [...visited.values()];
}

function taskNode(task: TaskHistory, frames: SeenNode | undefined): NodeOutcome {
  const status = taskStatus(task, frames);
  const attempts = taskAttempts(task, status, frames);
  const { nodeId, iteration, error } = task;
  return { nodeId, iteration, status, reused: false, error, attempts, task, seenRank: frames?.rank };
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

/** The history knows only the last attempt's times; those before it are from frames, where they were seen. */
function taskAttempts(task: TaskHistory, status: NodeStatus, frames: SeenNode | undefined): readonly NodeAttempt[] {
  const last = Math.max(task.attempt, ...(frames?.attempts.keys() ?? []));
  return Array.from({ length: last }, (_, index): NodeAttempt => {
    const attemptNumber = index + 1;
    const seen = frames?.attempts.get(attemptNumber);
    const isLast = attemptNumber === last;
    const ofHistory = attemptNumber === task.attempt;
    return {
      status: isLast ? (status === 'scheduled' ? 'started' : status) : 'failed',
      attemptNumber,
      // What streams have shown stays as it was shown.
      startedAt: seen?.startedAt ?? (ofHistory ? task.startedAt : null),
      completedAt: seen?.completedAt ?? (ofHistory ? task.endedAt : null),
    };
  });
}

function untracedNode(facts: RunFacts, nodeId: string, iteration: number, frames: SeenNode | undefined): NodeOutcome {
  const failed = facts.failure?.nodeId === nodeId;
  const status = failed ? 'failed' : facts.trace?.includes(nodeId) ? 'completed' : (frames?.status ?? 'started');
  const error =
    failed && facts.failure ? { code: facts.failure.code, message: facts.failure.message, stack: null } : null;
  const seen = frames?.attempts.get(1);
  const attempt = {
    status,
    attemptNumber: 1,
    startedAt: seen?.startedAt ?? null,
    completedAt: seen?.completedAt ?? null,
  };
  const reused = frames?.reused ?? false;
  return { nodeId, iteration, status, reused, error, attempts: [attempt], task: null, seenRank: frames?.rank };
}

/** Nodes of the definition that a run never came to, in document order. */
export function neverVisited(definition: FlowDefinition, visited: readonly NodeOutcome[]): readonly string[] {
  const ids = new Set(visited.map((node) => node.nodeId));
  return definition.nodes.map((node) => node.id).filter((id) => !ids.has(id));
}

function assertNever(end: never): never {
  throw new TypeError(`unknown task end ${JSON.stringify(end)}`);
}
