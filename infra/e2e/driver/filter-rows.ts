import type { Pool } from '@flowplane/plumbing/postgres';
import type { ModelRun } from './filter-model.js';

/** An audit entry as filters see it. */
export type ModelAudit = {
  readonly eventId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly eventType: string;
  readonly outcome: string;
  readonly actorId: string;
  readonly flowId: string;
  readonly executionId: string;
};

export const AUDIT_TYPES = ['flow.execution_started', 'flow.execution_cancelled', 'command.denied'];
const ACTORS = ['alice', 'bob', "o'hara"];

/** A table from JSON rows whose members are named as its columns. */
const insert = (pool: Pool, table: string, rows: readonly object[]): Promise<unknown> => {
  const columns = [...new Set(rows.flatMap(Object.keys))].join(', ');
  const sql = `INSERT INTO flows.${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::flows.${table}, $1)`;
  return pool.query(sql, [JSON.stringify(rows)]);
};
const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** Flows `F` and `G` of every scope, named `<tenant>/<workspace>/<flow>`. */
export async function fillFlows(pool: Pool): Promise<void> {
  const scopes = [['T', 'W'], ['T', 'W2'], ['X', 'W']] as const; // prettier-ignore
  const now = new Date().toISOString();
  const rows = scopes.flatMap(([tenant, workspace]) =>
    ['F', 'G'].map((flow) => ({
      ...{ tenant_id: tenant, workspace_id: workspace, flow_id: flow, name: `${tenant}/${workspace}/${flow}` },
      ...{ generation: 1, dsl_api_version: 'v1.0', revision: 1, created_by: 'alice', created_at: now, updated_at: now },
    })),
  );
  await insert(pool, 'flows', rows);
}

export async function fillRuns(pool: Pool, runs: readonly ModelRun[]): Promise<void> {
  const rows = runs.map((run) => ({
    ...{ execution_id: run.executionId, tenant_id: run.tenantId, workspace_id: run.workspaceId, flow_id: run.flowId },
    ...{
      version: run.version,
      status: run.status,
      trigger_type: run.triggerType,
      input: '{}',
      cancel_requested: false,
    },
    ...{ created_at: timeOf(run.createdAt), created_offset: run.offset },
    ...{ started_at: timeOf(run.startedAt), closed_at: timeOf(run.closedAt) },
  }));
  await insert(pool, 'executions', rows);
}

/** One entry for each of the first runs. @returns them newest first */
export async function fillAudit(pool: Pool, runs: readonly ModelRun[]): Promise<readonly ModelAudit[]> {
  const entries = runs.slice(0, 250).map((run, place) => ({
    ...{ eventId: `e-${place}`, tenantId: run.tenantId, workspaceId: run.workspaceId },
    ...{ flowId: run.flowId, executionId: run.executionId },
    eventType: AUDIT_TYPES[place % 3] as string,
    outcome: place % 3 === 2 ? 'denied' : 'accepted',
    actorId: ACTORS[(place >> 2) % 3] as string,
  }));
  const rows = entries.map((entry, place) => ({
    ...{ event_id: entry.eventId, tenant_id: entry.tenantId, workspace_id: entry.workspaceId },
    ...{ event_type: entry.eventType, outcome: entry.outcome, actor_id: entry.actorId, flow_id: entry.flowId },
    ...{ execution_id: entry.executionId, correlation_id: 'c', log_offset: place },
    ...(entry.outcome === 'denied'
      ? { command_type: 'execution.start', reason_status: 429, reason_code: 'QUOTA_EXCEEDED' }
      : {}),
    occurred_at: timeOf(Date.now() - 60_000),
  }));
  // One moment for all: the order is that of the log.
  await insert(
    pool,
    'audit',
    rows.map((row) => ({ ...row, occurred_at: rows[0]?.occurred_at })),
  );
  return entries.toReversed();
}
