import type { TenantDrain } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, type RowOf } from './public-query.js';

/** Of flows and of templates. */
const OPEN_RUNS = `
  ((SELECT count(*) FROM flows.executions WHERE tenant_id = $1 AND closed_at IS NULL)
   + (SELECT count(provisioning) + count(deprovisioning) FROM flows.templates WHERE tenant_id = $1))::int`;

export const FENCE = publicQuery({
  name: 'tenant-fence',
  text: `
    SELECT drain::json AS drain,
           ${OPEN_RUNS} AS "openRuns"
      FROM flows.tenant_fences WHERE tenant_id = $1 AND fence_id = $2`,
  columns: 'drain json?, openRuns int4',
});

/** Open runs, schedules (one per flow that has cron triggers), and triggers of the latest versions. */
export const TENANT_COUNTS = publicQuery({
  name: 'tenant-counts',
  text: `
    SELECT ${OPEN_RUNS} AS "openRuns",
           (count(DISTINCT (v.workspace_id, v.flow_id)) FILTER (WHERE registered ->> 'kind' = 'cron'))::int AS schedules,
           count(*)::int AS registrations
      FROM flows.flow_versions v JOIN flows.flows f USING (tenant_id, workspace_id, flow_id, generation),
           jsonb_array_elements(v.triggers::jsonb) AS registered
     WHERE v.tenant_id = $1 AND f.deleted_at IS NULL AND v.version = f.latest_version`,
  columns: 'openRuns int4, schedules int4, registrations int4',
});

/** A fence as the read models have it. `drain`: the executor's report on it; null while there is none. */
export type TenantFence = { readonly drain: TenantDrain | null; readonly openRuns: number };
export type TenantCounts = RowOf<(typeof TENANT_COUNTS)['columns']>;

/** @returns undefined when there is no such fence (any more) */
export async function tenantFence(pool: Pool, tenantId: string, fenceId: string) {
  return (await rowsOf(pool, FENCE, [tenantId, fenceId]))[0] as TenantFence | undefined;
}

/** What a tenant has in the engine and registered, as the read models have it. */
export async function tenantCounts(pool: Pool, tenantId: string): Promise<TenantCounts> {
  return (await rowsOf(pool, TENANT_COUNTS, [tenantId]))[0] ?? { openRuns: 0, schedules: 0, registrations: 0 };
}
