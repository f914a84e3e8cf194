import type { FinalNode, FlowDefinition, NodeAttempt, StoredValue } from '@flowplane/contracts';
import type { NodeRow } from './node-row.js';
import { isoTimeOrNull } from '@flowplane/contracts/read-model';

/** A visited node, known by its frames or by the reconciled table of the closed run. */
export type VisitedNode<Value = StoredValue> = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly status: string;
  readonly reused: boolean;
  readonly input: Value | null;
  readonly output: Value | null;
  readonly error: { readonly message: string; readonly stack?: string } | null;
  readonly attempts: readonly NodeAttempt[];
  /** Place in the order of scheduling, for a task that was scheduled; otherwise null. */
  readonly scheduledId: number | null;
};

const stored = (json: string | null, ref: string | null): StoredValue | null =>
  json === null && ref === null ? null : { json, ref, sizeBytes: json?.length ?? 0 };

/** What the frames of a run that is not closed yet tell. */
export function visitedByFrames(
  rows: readonly NodeRow[],
  definition: Pick<FlowDefinition, 'nodes'>,
): readonly VisitedNode[] {
  const tasks = new Set(definition.nodes.filter((node) => node.type === 'task').map((node) => node.id));
  return rows.map((row) => ({
    nodeId: row.nodeId,
    iteration: row.iteration,
    status: row.status,
    reused: row.reused,
    input: stored(row.inputJson, row.inputRef),
    output: stored(row.outputJson, row.outputRef),
    error: row.error === null ? null : (JSON.parse(row.error) as { readonly message: string }),
    attempts: JSON.parse(row.attempts) as readonly NodeAttempt[],
    scheduledId: tasks.has(row.nodeId) && !row.reused && row.status !== 'skipped' ? row.firstOffset : null,
  }));
}

/** The reconciled table of a closed run. */
export function visitedFinally(nodes: readonly FinalNode[]): readonly VisitedNode[] {
  return nodes.map((node) => ({
    nodeId: node.nodeId,
    iteration: node.iteration,
    status: node.status,
    reused: node.reused,
    input: node.input,
    output: node.output,
    error:
      node.error === null
        ? null
        : { message: node.error.message, ...(node.error.stack === null ? {} : { stack: node.error.stack }) },
    attempts: node.attempts,
    scheduledId: node.scheduledEventId === null ? null : Number(node.scheduledEventId),
  }));
}

/** `events` of execution detail: one entry per task scheduled, in order, under the definition's own id. */
export function scheduledEvents(visited: readonly Pick<VisitedNode, 'nodeId' | 'scheduledId'>[]) {
  return visited
    .flatMap(({ nodeId, scheduledId }) => (scheduledId === null ? [] : [{ nodeId, scheduledId }]))
    .toSorted((a, b) => a.scheduledId - b.scheduledId)
    .map(({ nodeId, scheduledId }) => ({
      nodeId: withoutIteration(nodeId),
      eventId: String(scheduledId),
      type: 'ActivityScheduled',
    }));
}

const withoutIteration = (nodeId: string): string => nodeId.replace(/#([2-9]|[1-9]\d+)$/, '');

/**
 * `nodes` of execution detail: every node of the pinned version in document order.
 *
 * @param valueOf what stands for a value
 */
export function nodesInOrder<Value, Shown>(
  definition: Pick<FlowDefinition, 'nodes'>,
  visited: readonly VisitedNode<Value>[],
  runStatus: string,
  valueOf: (value: Value | null) => Shown,
) {
  const latest = new Map<string, VisitedNode<Value>>();
  for (const node of visited) {
    const nodeId = withoutIteration(node.nodeId);
    const before = latest.get(nodeId);
    if (before === undefined || before.iteration < node.iteration) latest.set(nodeId, node);
  }
  const neverVisited = runStatus === 'Completed' ? 'skipped' : 'pending';
  return definition.nodes.map(({ id }) => {
    const node = latest.get(id);
    if (node === undefined) {
      const values = { input: valueOf(null), output: valueOf(null) };
      return { nodeId: id, status: neverVisited, reused: false, ...values, error: null, attempts: [] };
    }
    return {
      nodeId: id,
      status: node.status,
      reused: node.reused,
      input: valueOf(node.input),
      output: valueOf(node.output),
      error: node.error,
      attempts: node.attempts.map(shownAttempt),
    };
  });
}

/** An attempt as answers show it. */
export function shownAttempt({ status, attemptNumber, startedAt, completedAt, error, nextAttemptAt }: NodeAttempt) {
  return {
    ...{ status, attemptNumber },
    startedAt: isoTimeOrNull(startedAt),
    completedAt: isoTimeOrNull(completedAt),
    ...(error === undefined ? {} : { error }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt: new Date(nextAttemptAt).toISOString() }),
  };
}
