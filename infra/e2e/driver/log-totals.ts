import { acceptedEvents, type WholeLog } from './log-reader.js';
import { CONTROL_PROJECTION } from '@flowplane/contracts';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress } from '@flowplane/runtime/read-model';

/** What exists after all events, as the log says it or as the read models do. */
export type Totals = {
  readonly flows: number;
  readonly versions: number;
  readonly runs: Readonly<Record<string, number>>;
};

/** Exclusive end of what was read, by partition. */
export type Reached = Readonly<Record<string, number>>;

export function totalsOfLog(log: WholeLog, reached: Reached): Totals {
  const flows = new Set<string>();
  const versions = new Set<string>();
  const runs = new Map<string, string>();
  for (const { event, partition, offset } of acceptedEvents(log)) {
    if (offset >= (reached[partition] ?? 0)) continue;
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

/** What the read models hold, and how far they had read just then: one statement, so one snapshot. */
export async function totalsOfReadModels(pool: Pool): Promise<{ readonly totals: Totals; readonly reached: Reached }> {
  const { rows } = await pool.query<{ totals: Totals; reached: Reached }>(`
    SELECT jsonb_build_object(
        'flows', (SELECT count(*) FROM flows.flows WHERE deleted_at IS NULL),
        'versions', (SELECT count(*) FROM flows.flow_versions),
        'runs', (SELECT coalesce(jsonb_object_agg(status, runs), '{}')
                   FROM (SELECT status, count(*) AS runs FROM flows.executions GROUP BY status) AS by_status)
      ) AS totals,
      (SELECT coalesce(jsonb_object_agg(partition, next_offset), '{}')
         FROM flows.projection_progress WHERE projection = 'control') AS reached`);
  return rows[0] as { totals: Totals; reached: Reached };
}

/** True when the control projection has read each partition of the events log to its end. */
export async function isProjected(pool: Pool, log: WholeLog): Promise<boolean> {
  const control = (await loadProgress(pool)).filter(({ name }) => name === CONTROL_PROJECTION);
  const reached = new Map(control.map(({ partition, offset }) => [partition, offset]));
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
