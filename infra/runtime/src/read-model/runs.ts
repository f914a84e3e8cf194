import { CONTROL_PROJECTION } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf } from './public-query.js';

export const RUN_STATUS = publicQuery({
  name: 'run-status',
  text: 'SELECT status, closed_at IS NOT NULL AS closed FROM flows.executions WHERE execution_id = $1',
  columns: 'status text, closed bool',
});

/** Runs whose flow is gone, or another under its id, keep null. */
export const SOURCE_RUN = publicQuery({
  name: 'source-run',
  text: `
    SELECT e.version, e.status, e.input, e.labels, e.closed_at IS NOT NULL AS closed, e.nodes_json AS "nodesJson",
           e.nodes_ref AS "nodesRef", f.birth AS "flowBirth", f.flow_id IS NULL AS "flowGone"
      FROM flows.executions e
      LEFT JOIN flows.flows f
        ON f.tenant_id = e.tenant_id AND f.workspace_id = e.workspace_id AND f.flow_id = e.flow_id
       AND f.generation = e.generation AND f.deleted_at IS NULL
     WHERE e.execution_id = $1 AND e.flow_id = $2 AND (e.closed_at IS NULL OR e.closed_at > $3)`,
  columns:
    'version int4, status text, input text, labels text, closed bool, nodesJson text?, nodesRef text?, flowBirth int8?, flowGone bool',
});

export const PINNED_DEFINITION = publicQuery({
  name: 'pinned-definition',
  text: `
    SELECT v.definition
      FROM flows.executions e
      JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation, version)
     WHERE e.execution_id = $1 AND e.flow_id = $2 AND (e.closed_at IS NULL OR e.closed_at > $3)`,
  columns: 'definition text',
});

/** Table and position of one moment. */
export const CLOSED_NODES = publicQuery({
  name: 'closed-nodes',
  text: `
    SELECT run.nodes_json AS json, run.nodes_ref AS hash, progress.next_offset AS "nextOffset"
      FROM (SELECT 1) AS one
      LEFT JOIN flows.executions run
        ON run.execution_id = $1 AND run.tenant_id = $2 AND run.workspace_id = $3 AND run.closed_at IS NOT NULL
      LEFT JOIN flows.projection_progress progress ON progress.projection = $4 AND progress.partition = $5`,
  columns: 'json text?, hash text?, nextOffset int8?',
});

export const CLOSED_AMONG = publicQuery({
  name: 'closed-among',
  text: 'SELECT execution_id AS id FROM flows.executions WHERE execution_id = ANY ($1) AND closed_at IS NOT NULL',
  columns: 'id text',
});

/** Runs and position of one moment. */
export const OPEN_RUNS = publicQuery({
  name: 'open-runs',
  text: `
    SELECT progress.next_offset AS "nextOffset", run.execution_id AS "executionId", run.workspace_id AS "workspaceId",
           run.flow_id AS "flowId"
      FROM (SELECT next_offset FROM flows.projection_progress WHERE projection = $2 AND partition = $3) AS progress
      LEFT JOIN flows.executions run ON run.tenant_id = $1 AND run.closed_at IS NULL`,
  columns: 'nextOffset int8, executionId text?, workspaceId text?, flowId text?',
});

export const ALL_OPEN_RUNS = publicQuery({
  name: 'all-open-runs',
  text: `
    SELECT execution_id AS "executionId", tenant_id AS "tenantId", workspace_id AS "workspaceId", flow_id AS "flowId",
           created_offset AS "requestedAt"
      FROM flows.executions WHERE closed_at IS NULL AND execution_id > $1 ORDER BY execution_id LIMIT $2`,
  columns: 'executionId text, tenantId text, workspaceId text, flowId text, requestedAt int8',
});

export const OPEN_RUN_COUNT = publicQuery({
  name: 'used-runs',
  text: `
    SELECT count(*)::int AS used FROM flows.executions
     WHERE tenant_id = $1 AND workspace_id = $2 AND closed_at IS NULL`,
  columns: 'used int4',
});

export const OLDEST_RUN = publicQuery({
  name: 'oldest-run',
  text: 'SELECT min(created_at) AS oldest FROM flows.executions',
  columns: 'oldest timestamptz?',
});

/** @returns undefined when the scope has no such run */
export async function runStatus(pool: Pool, scope: TenantScope, executionId: string) {
  return (await tenantRowsOf(pool, scope, RUN_STATUS, [executionId]))[0];
}

/** A run of a flow, which is open or was closed since then. */
export type RunOfFlow = { readonly executionId: string; readonly flowId: string; readonly closedSince: Date };

const valuesOf = ({ executionId, flowId, closedSince }: RunOfFlow) => [executionId, flowId, closedSince];

/** A run to retry, and the flow it is of as far as that still exists. */
export async function sourceRun(pool: Pool, scope: TenantScope, run: RunOfFlow) {
  return (await tenantRowsOf(pool, scope, SOURCE_RUN, valuesOf(run)))[0];
}

/** Definition (JSON text) of the version that a run keeps. */
export async function pinnedDefinition(pool: Pool, scope: TenantScope, run: RunOfFlow): Promise<string | undefined> {
  return (await tenantRowsOf(pool, scope, PINNED_DEFINITION, valuesOf(run)))[0]?.definition;
}

/** Node table of a closed run, as JSON text or as its content hash, and the position of `partition` at that moment. */
export async function closedNodes(pool: Pool, run: TenantScope & { readonly executionId: string }, partition: number) {
  const values = [run.executionId, run.tenantId, run.workspaceId, CONTROL_PROJECTION, partition];
  return (await rowsOf(pool, CLOSED_NODES, values))[0] ?? { json: null, hash: null, nextOffset: null };
}

/** Which of these runs are closed. */
export async function closedAmong(pool: Pool, executionIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (executionIds.length === 0) return new Set();
  return new Set((await rowsOf(pool, CLOSED_AMONG, [executionIds])).map(({ id }) => id));
}

/** Runs of a tenant that are not closed, and the position of `partition` at that moment. */
export async function openRuns(pool: Pool, tenantId: string, partition: number) {
  const rows = await rowsOf(pool, OPEN_RUNS, [tenantId, CONTROL_PROJECTION, partition]);
  const runs = rows.flatMap(({ executionId, workspaceId, flowId }) =>
    executionId === null || workspaceId === null || flowId === null
      ? []
      : [{ executionId, tenantId, workspaceId, flowId }],
  );
  return { runs, nextOffset: rows[0]?.nextOffset ?? 0 };
}

/** Runs of all tenants that are not closed, by id, behind `after`; `requestedAt`: offset in the tenant's partition. */
export const allOpenRuns = (pool: Pool, after: string, limit: number) => rowsOf(pool, ALL_OPEN_RUNS, [after, limit]);

/** Open runs of a workspace, as its tenant. */
export async function openRunCount(pool: Pool, scope: TenantScope): Promise<number> {
  return (await tenantRowsOf(pool, scope, OPEN_RUN_COUNT, [scope.tenantId, scope.workspaceId]))[0]?.used ?? 0;
}

/** Open runs of a workspace, as the owner of the connection. */
export async function openRunCountAsOwner(pool: Pool, { tenantId, workspaceId }: TenantScope): Promise<number> {
  return (await rowsOf(pool, OPEN_RUN_COUNT, [tenantId, workspaceId]))[0]?.used ?? 0;
}

/** When the oldest run was asked for that is there; null: there is none. */
export async function oldestRun(pool: Pool): Promise<Date | null> {
  return (await rowsOf(pool, OLDEST_RUN))[0]?.oldest ?? null;
}
