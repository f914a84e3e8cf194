import type { TenantQuota } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf } from './public-query.js';

export const SET_QUOTAS = publicQuery({
  name: 'set-quotas',
  text: 'SELECT tenant_id AS "tenantId", quotas FROM flows.tenant_quotas',
  columns: 'tenantId text, quotas text',
});

export type SetQuotas = { readonly tenantId: string; readonly quotas: readonly TenantQuota[] };

/** What operators have set, for every tenant that has something set. */
export async function setQuotas(pool: Pool): Promise<readonly SetQuotas[]> {
  const rows = await rowsOf(pool, SET_QUOTAS);
  return rows.map(({ tenantId, quotas }) => ({ tenantId, quotas: JSON.parse(quotas) as readonly TenantQuota[] }));
}
