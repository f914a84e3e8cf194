import { acceptedEvents, type WholeLog } from './log-reader.js';
import { makePool, type Pool } from '@flowplane/infra/postgres';

/** What exists after all events, as the log says it or as the read models do. */
export type Totals = {
  readonly flows: number;
  readonly versions: number;
  readonly runs: Readonly<Record<string, number>>;
};

export function totalsOfLog(log: WholeLog): Totals {
  const flows = new Set<string>();
  const versions = new Set<string>();
  const runs = new Map<string, string>();
  for (const { event } of acceptedEvents(log)) {
    const scope = `${event.meta.tenantId}/${event.meta.workspaceId}/`;
    if (event.type === 'FlowCreated') flows.add(scope + event.data.flowId);
    else if (event.type === 'FlowDeleted') flows.delete(scope + event.data.flowId);
    else if (event.type === 'FlowVersionPublished') versions.add(event.meta.eventId);
    else if (event.type === 'ExecutionRequested') runs.set(event.data.executionId, 'Pending');
    else if (event.type === 'ExecutionStarted') runs.set(event.data.executionId, 'Running');
    else if (event.type === 'ExecutionClosed') runs.set(event.data.executionId, event.data.status);
  }
  return { flows: flows.size, versions: versions.size, runs: countBy([...runs.values()]) };
}

export async function totalsOfReadModels(pool: Pool): Promise<Totals> {
  const count = async (sql: string): Promise<number> => Number((await pool.query(sql)).rows[0].count);
  const { rows } = await pool.query<{ status: string }>('SELECT status FROM flows.executions');
  return {
    flows: await count('SELECT count(*) FROM flows.flows WHERE deleted_at IS NULL'),
    versions: await count('SELECT count(*) FROM flows.flow_versions'),
    runs: countBy(rows.map((row) => row.status)),
  };
}

/** True when the control projection has read each partition of the events log to its end. */
export async function isProjected(pool: Pool, log: WholeLog): Promise<boolean> {
  const { rows } = await pool.query<{ partition: number; next_offset: string }>(
    "SELECT partition, next_offset FROM flows.projection_progress WHERE projection = 'control'",
  );
  const reached = new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
  return log.events.every((record) => (reached.get(record.partition) ?? 0) > record.offset);
}

/** A pool of this test's own on a database of a service set. */
export async function withDatabase<T>(url: string | undefined, work: (pool: Pool) => Promise<T>): Promise<T> {
  if (url === undefined) throw new Error('no database url');
  const pool = makePool(url, { max: 4, applicationName: 'e2e' });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

function countBy(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
