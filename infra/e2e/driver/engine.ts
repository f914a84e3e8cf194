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
