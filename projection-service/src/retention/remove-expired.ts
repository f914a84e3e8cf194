import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic, type Periodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';

export type Retention = { readonly commandRetentionMs: number; readonly runRetentionMs: number };

/** Rows removed by one statement: short locks, and no long transaction beside the projections. */
const BATCH = 2000;

const COMMANDS = `
  DELETE FROM commands WHERE command_id IN (SELECT command_id FROM commands WHERE decided_at < $1 LIMIT ${BATCH})`;
const EXECUTIONS = `
  DELETE FROM executions
   WHERE execution_id IN (SELECT execution_id FROM executions WHERE closed_at < $1 LIMIT ${BATCH})`;
const FRAMES = `
  DELETE FROM frames
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM frames WHERE time_ms < $1 LIMIT ${BATCH}))`;
const NODES = `
  DELETE FROM nodes
   WHERE ctid = ANY (ARRAY(
     SELECT n.ctid FROM nodes n
      WHERE n.time_ms < $1 AND NOT EXISTS (
        SELECT 1 FROM executions e WHERE e.execution_id = n.execution_id AND e.closed_at IS NULL)
      LIMIT ${BATCH}))`;
/** They go with the run at the top. */
const SUB_FLOW_NODES = `
  DELETE FROM sub_flow_nodes
   WHERE ctid = ANY (ARRAY(
     SELECT n.ctid FROM sub_flow_nodes n
      WHERE n.time_ms < $1 AND NOT EXISTS (
        SELECT 1 FROM executions e WHERE e.execution_id = n.root AND e.closed_at IS NULL)
      LIMIT ${BATCH}))`;
const DELIVERIES = `
  DELETE FROM webhook_deliveries
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM webhook_deliveries WHERE received_at < $1 LIMIT ${BATCH}))`;
/** How long the delivery log keeps a delivery (flows-api 10.6). */
const DELIVERY_RETENTION_MS = 7 * 86_400_000;
/** Versions of a deleted or replaced flow, once no run is left that is pinned to them. */
const VERSIONS = `
  DELETE FROM flow_versions v
   USING flows f
   WHERE f.tenant_id = v.tenant_id AND f.workspace_id = v.workspace_id AND f.flow_id = v.flow_id
     AND (f.deleted_at IS NOT NULL OR f.generation <> v.generation)
     AND NOT EXISTS (
       SELECT 1 FROM executions e
        WHERE e.tenant_id = v.tenant_id AND e.workspace_id = v.workspace_id AND e.flow_id = v.flow_id
          AND e.generation = v.generation AND e.version = v.version)`;
const MINUTE_MS = 60_000;
const PURGED_RUNS = 'DELETE FROM purged_runs WHERE purged_at_ms < $1';
const DENIALS = 'DELETE FROM audit_denials WHERE minute < $1';

/** Removes what is past its retention, in small pieces. @returns rows removed per table */
export async function removeExpired(
  pool: Pool,
  retention: Retention,
  nowMs: number,
): Promise<Readonly<Record<string, number>>> {
  const runsBefore = nowMs - retention.runRetentionMs;
  const commandsBefore = new Date(nowMs - retention.commandRetentionMs);
  const inPieces = async (sql: string, value: unknown): Promise<number> => {
    for (let total = 0; ;) {
      const removed = (await pool.query(sql, [value])).rowCount ?? 0;
      total += removed;
      if (removed < BATCH) return total;
    }
  };
  const once = async (sql: string, values: unknown[]): Promise<number> => (await pool.query(sql, values)).rowCount ?? 0;
  return {
    commands: await inPieces(COMMANDS, commandsBefore),
    executions: await inPieces(EXECUTIONS, new Date(runsBefore)),
    frames: await inPieces(FRAMES, runsBefore),
    nodes: await inPieces(NODES, runsBefore),
    subFlowNodes: await inPieces(SUB_FLOW_NODES, runsBefore),
    webhookDeliveries: await inPieces(DELIVERIES, new Date(nowMs - DELIVERY_RETENTION_MS)),
    flowVersions: await once(VERSIONS, []),
    purgedRuns: await once(PURGED_RUNS, [runsBefore]),
    auditDenials: await once(DENIALS, [Math.floor(runsBefore / MINUTE_MS)]),
  };
}

/** Looks for expired rows now and then, apart from the projections. */
export function startRetention(pool: Pool, retention: Retention, intervalMs: number, logger: Logger): Periodic {
  return startPeriodic({
    intervalMs,
    work: async () => {
      const removed = await removeExpired(pool, retention, Date.now());
      if (Object.values(removed).some((count) => count > 0)) logger.info({ removed }, 'rows past retention removed');
    },
    onFault: (cause) => logger.warn({ err: cause }, 'rows past retention could not be removed; next time'),
  });
}
