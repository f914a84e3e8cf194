import type { Answer, Call } from '@flowplane/infra/http';
import { QUOTA_DIMENSIONS, type QuotaLimits, type QuotaDimension } from './quota-limits.js';
import { readAs, type ReadScope } from './read-scope.js';

export type QuotasScope = ReadScope & { readonly limits: QuotaLimits };

type Usage = Readonly<Record<QuotaDimension, number | null>>;

const USAGE = `
  SELECT tenant_flow_count()::int AS flows,
         (SELECT count(*)::int FROM executions
           WHERE tenant_id = $1 AND workspace_id = $2 AND closed_at IS NULL) AS open_runs,
         (SELECT count(*)::int FROM executions
           WHERE tenant_id = $1 AND workspace_id = $2 AND created_at > now() - interval '60 s') AS starts,
         (SELECT count(*)::int FROM audit
           WHERE tenant_id = $1 AND workspace_id = $2 AND event_type = 'flow.signal_sent'
             AND occurred_at > now() - interval '60 s') AS signals`;

type UsageRecord = {
  readonly flows: number;
  readonly open_runs: number;
  readonly starts: number;
  readonly signals: number;
};

/** GET /quotas: limits of the tenant, and usage as the projected events tell it. */
export async function listQuotas(scope: QuotasScope, call: Call): Promise<Answer> {
  const { tenantId, workspaceId } = call;
  const record = await readAs(
    scope,
    call,
    async (client) => (await client.query<UsageRecord>(USAGE, [tenantId, workspaceId])).rows[0],
  );
  const usage: Usage = {
    max_flows: record?.flows ?? 0,
    max_flow_versions: null,
    max_concurrent_executions: record?.open_runs ?? 0,
    flow_starts_per_minute: record?.starts ?? 0,
    flow_signal_rate_per_minute: record?.signals ?? 0,
  };
  const items = QUOTA_DIMENSIONS.map(({ dimension, scope: of }) => ({
    dimension,
    scope: of,
    limit: scope.limits.limitOf(tenantId, dimension),
    usage: usage[dimension],
  }));
  return { status: 200, body: { items } };
}
