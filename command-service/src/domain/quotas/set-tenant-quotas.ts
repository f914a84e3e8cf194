import { asTenantQuotas, quotasInForce, type SetTenantQuotas } from '@flowplane/contracts';
import { accepted, type Decision, type DecisionContext } from '../decision.js';
import type { TenantState } from '../tenant-state.js';

/** The quotas replace those set before, and apply to every command behind this one in the log. */
export const setTenantQuotas = (
  _state: TenantState,
  { data: { quotas } }: SetTenantQuotas,
  context: DecisionContext,
): Decision =>
  accepted({
    type: 'TenantQuotasSet',
    data: { quotas, inForce: asTenantQuotas(quotasInForce(context.quotas, quotas)) },
  });
