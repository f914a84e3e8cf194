import { Client, Connection } from '@temporalio/client';

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
