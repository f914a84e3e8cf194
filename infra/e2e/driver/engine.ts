import { Client, Connection } from '@temporalio/client';
import { inParallel } from './load.js';

type Env = Readonly<Record<string, string | undefined>>;

/** How often each of these runs was executed by the engine: executions that began, by workflow id. */
export async function engineExecutions(env: Env, ids: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' });
    const counts: Record<string, number> = Object.fromEntries(ids.map((id) => [id, 0]));
    for await (const found of client.workflow.list()) {
      if (found.workflowId in counts) counts[found.workflowId] = (counts[found.workflowId] ?? 0) + 1;
    }
    return counts;
  } finally {
    await connection.close();
  }
}

/** Whether each of these runs got its first workflow task with the answer to its start, by workflow id. */
export async function eagerStarts(env: Env, ids: readonly string[]): Promise<Readonly<Record<string, boolean>>> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' });
    const wasEager = async (id: string): Promise<readonly [string, boolean]> => {
      const { events } = await client.workflow.getHandle(id).fetchHistory();
      return [id, events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true];
    };
    return Object.fromEntries(await inParallel(ids.length, 8, (index) => wasEager(ids[index] as string)));
  } finally {
    await connection.close();
  }
}

/** How one task of a run ended for the engine, and in which of its attempts. */
export type TaskEnd = { readonly status: 'completed' | 'failed' | 'open'; readonly attempt: number };

/** Tasks of a run by node, from its history alone. */
export async function engineTasks(
  env: Env,
  executionIds: readonly string[],
): Promise<readonly Readonly<Record<string, TaskEnd>>[]> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' });
    const read = async (executionId: string): Promise<Readonly<Record<string, TaskEnd>>> => {
      const { events } = await client.workflow.getHandle(executionId).fetchHistory();
      return taskEndsOf((events ?? []) as readonly EngineEvent[]);
    };
    return await inParallel(executionIds.length, 8, (index) => read(executionIds[index] as string));
  } finally {
    await connection.close();
  }
}

type Scheduled = { readonly scheduledEventId?: unknown };
type EngineEvent = {
  readonly eventId?: unknown;
  readonly activityTaskScheduledEventAttributes?: { readonly activityId?: string | null } | null;
  readonly activityTaskStartedEventAttributes?: (Scheduled & { readonly attempt?: number | null }) | null;
  readonly activityTaskCompletedEventAttributes?: Scheduled | null;
  readonly activityTaskFailedEventAttributes?: Scheduled | null;
  readonly activityTaskTimedOutEventAttributes?: Scheduled | null;
};

function taskEndsOf(events: readonly EngineEvent[]): Readonly<Record<string, TaskEnd>> {
  const nodeOf = new Map<string, string>();
  const ends: Record<string, TaskEnd> = {};
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    const of = started ?? completed ?? failed;
    const node = scheduled ? (scheduled.activityId ?? '') : nodeOf.get(String(of?.scheduledEventId));
    if (scheduled) nodeOf.set(String(event.eventId), node ?? '');
    if (node === undefined) continue;
    const before = ends[node] ?? { status: 'open', attempt: 0 };
    ends[node] = {
      status: completed ? 'completed' : failed ? 'failed' : before.status,
      attempt: started?.attempt ?? before.attempt,
    };
  }
  return ends;
}

/** Every text and every payload of all histories of the namespace, by workflow id. */
export async function engineHistories(env: Env): Promise<Readonly<Record<string, readonly (string | Buffer)[]>>> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' });
    const histories: Record<string, readonly (string | Buffer)[]> = {};
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      histories[workflowId] = [...(histories[workflowId] ?? []), ...leavesOf(history)];
    }
    return histories;
  } finally {
    await connection.close();
  }
}

function leavesOf(value: unknown): readonly (string | Buffer)[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}
