import type { Problem } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { openRunCountAsOwner } from '../read-model/index.js';
import type { QuotaEvaluator } from './quota-evaluator.js';

type Scope = { readonly tenantId: string; readonly workspaceId: string };

/**
 * What the external evaluator says of one more start (flows-api 12.3): the refusal that the command carries, or null.
 * Without an evaluator it always is null, and the decider's own gate counts.
 */
export type StartQuotas = (scope: Scope) => Promise<Problem | null>;

/** The rate before the runs at once, as for every start. @param pool of the read models, which usage is read from */
export function makeStartQuotas(evaluate: QuotaEvaluator | undefined, pool: Pool): StartQuotas {
  if (evaluate === undefined) return () => Promise.resolve(null);
  return async ({ tenantId, workspaceId }) => {
    const scope = { tenantId, workspaceId };
    const byRate = await evaluate({ ...scope, dimension: 'flow_starts_per_minute' });
    if (byRate !== null) return byRate;
    const currentUsage = await openRunCountAsOwner(pool, scope);
    return evaluate({ ...scope, dimension: 'max_concurrent_executions', currentUsage });
  };
}
