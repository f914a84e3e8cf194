import type { Event } from '@flowplane/contracts';

/** What is set for a tenant; `quotas` is JSON text, the list that `TenantQuotasSet` has. */
export type TenantQuotasRow = { readonly tenantId: string; readonly quotas: string };

/** @returns undefined for an event that sets no quotas */
export function tenantQuotasRow({ type, meta, data }: Event): TenantQuotasRow | undefined {
  const { tenantId } = meta;
  return type === 'TenantQuotasSet' ? { tenantId, quotas: JSON.stringify(data.quotas) } : undefined;
}
