import {
  QUOTA_DIMENSIONS,
  quotasInForce,
  type QuotaDimension,
  type Quotas,
  type TenantQuota,
} from '@flowplane/contracts';
import type { Answer, Call } from '@flowplane/runtime/api';
import { readAs, type ReadScope } from './read-scope.js';

/** `quotas`: as configured by tenant; null: there is no built-in gate. */
export type QuotasScope = ReadScope & { readonly quotas: (tenantId: string) => Quotas | null };

type Usage = Readonly<Record<QuotaDimension, number | null>>;

const USAGE = `
  SELECT tenant_flow_count()::int AS flows,
         (SELECT quotas FROM tenant_quotas WHERE tenant_id = $1) AS quotas,
         (SELECT count(*)::int FROM executions
           WHERE tenant_id = $1 AND workspace_id = $2 AND closed_at IS NULL) AS open_runs,
         (SELECT count(*)::int FROM executions
           WHERE tenant_id = $1 AND workspace_id = $2 AND created_at > now() - interval '60 s') AS starts,
         (SELECT count(*)::int FROM audit
           WHERE tenant_id = $1 AND workspace_id = $2 AND event_type = 'flow.signal_sent'
             AND occurred_at > now() - interval '60 s') AS signals`;

type UsageRecord = {
  readonly flows: number;
  /** JSON text of what was set for the tenant. */
  readonly quotas: string | null;
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
  const set = JSON.parse(record?.quotas ?? '[]') as readonly TenantQuota[];
  const inForce = quotasInForce(scope.quotas(tenantId), set);
  const items = QUOTA_DIMENSIONS.map(({ dimension, scope: of }) => ({
    dimension,
    scope: of,
    limit: inForce[dimension].limit,
    usage: usage[dimension],
  }));
  return { status: 200, body: { items } };
}
