import type { Statement } from '@flowplane/plumbing/postgres';
import type { DrainRow, FenceRow, Purge } from '../domain/fold-teardown.js';
import { rowsStatement } from './write-rows.js';

const FENCES = `
  INSERT INTO tenant_fences AS f (tenant_id, fence_id, fenced_at, open_runs)
  SELECT r."tenantId", r."fenceId", to_timestamp(r."fencedAt"::float8 / 1000), r."openRuns"
    FROM json_to_recordset($1) AS r("tenantId" text, "fenceId" text, "fencedAt" bigint, "openRuns" int)
  ON CONFLICT (tenant_id) DO UPDATE SET fence_id = excluded.fence_id, drain = NULL`;

const DRAINS = `
  UPDATE tenant_fences f SET drain = r.drain
    FROM json_to_recordset($1) AS r("tenantId" text, "fenceId" text, drain text)
   WHERE f.tenant_id = r."tenantId" AND f.fence_id = r."fenceId"`;

/** To come before all other writes of a batch. */
export const purgeWrites = (purges: readonly Purge[]): readonly Statement[] =>
  purges.map(({ tenantId, requested, purgedAt }) => ({
    name: 'control-purge',
    text: 'SELECT purge_tenant($1, $2::text[], $3)',
    values: [tenantId, requested, purgedAt],
  }));

export const fenceWrites = (rows: {
  readonly fences: readonly FenceRow[];
  readonly drains: readonly DrainRow[];
}): readonly Statement[] => [
  ...rowsStatement('control-fences', FENCES, rows.fences),
  ...rowsStatement('control-drains', DRAINS, rows.drains),
];
