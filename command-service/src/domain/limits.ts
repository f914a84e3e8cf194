import { deniedFrom, type QuotaDimension } from '@flowplane/contracts';
import type { DecisionContext } from './decision.js';
import type { TenantState } from './tenant-state.js';

/** The usage at which a dimension denies: what was set for the tenant goes before what is configured (flows-api 12). */
export function limitOf(state: TenantState, dimension: QuotaDimension, { quotas }: DecisionContext): number {
  if (quotas === null) return Infinity;
  return deniedFrom(state.quotas.find((quota) => quota.dimension === dimension) ?? quotas[dimension]);
}
