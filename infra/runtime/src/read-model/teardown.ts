import type { TenantDrain } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf } from './public-query.js';

export const FENCE = publicQuery({
  name: 'tenant-fence',
  text: `
    SELECT drain, (SELECT count(*)::int FROM flows.executions WHERE tenant_id = $1 AND closed_at IS NULL) AS open_runs
      FROM flows.tenant_fences WHERE tenant_id = $1 AND fence_id = $2`,
  columns: { drain: 'text?', open_runs: 'int4' },
});

export const ENGINE_COUNTS = publicQuery({
  name: 'tenant-engine-counts',
  text: `
    SELECT (SELECT count(*)::int FROM flows.executions WHERE tenant_id = $1 AND closed_at IS NULL) AS open_runs,
           count(DISTINCT (v.workspace_id, v.flow_id)) FILTER (WHERE registered ->> 'kind' = 'cron')::int AS schedules,
           count(*)::int AS registrations
      FROM flows.flow_versions v JOIN flows.flows f USING (tenant_id, workspace_id, flow_id, generation),
           jsonb_array_elements(v.triggers::jsonb) AS registered
     WHERE v.tenant_id = $1 AND f.deleted_at IS NULL AND v.version = f.latest_version`,
  columns: { open_runs: 'int4', schedules: 'int4', registrations: 'int4' },
});

/** A fence as the read models have it. `drain`: the executor's report on it; null while there is none. */
export type TenantFence = { readonly drain: TenantDrain | null; readonly openRuns: number };

/** @returns undefined when there is no such fence (any more) */
export async function tenantFence(pool: Pool, tenantId: string, fenceId: string): Promise<TenantFence | undefined> {
  const [row] = await rowsOf(pool, FENCE, [tenantId, fenceId]);
  if (row === undefined) return undefined;
  return { drain: row.drain === null ? null : (JSON.parse(row.drain) as TenantDrain), openRuns: row.open_runs };
}

/** What a tenant has in the engine and registered, as the read models have it. */
export type TenantCounts = {
  readonly openRuns: number;
  /** One per flow that has cron triggers. */
  readonly schedules: number;
  /** Triggers of the latest versions. */
  readonly registrations: number;
};

export async function tenantCounts(pool: Pool, tenantId: string): Promise<TenantCounts> {
  const [row] = await rowsOf(pool, ENGINE_COUNTS, [tenantId]);
  return { openRuns: row?.open_runs ?? 0, schedules: row?.schedules ?? 0, registrations: row?.registrations ?? 0 };
}
