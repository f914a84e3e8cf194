import type { Problem } from '@flowplane/contracts';
import type { Call } from '@flowplane/runtime/api';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { QuotaEvaluator } from '@flowplane/runtime/quotas';
import { flowCount, openRunCount, stored, versionCount } from '@flowplane/runtime/read-model';

/**
 * What the external evaluator says of a command: the refusal that it carries as a verdict, or null. Without an
 * evaluator it always is null, and the decider's own gate counts.
 */
export type QuotaChecks = {
  readonly create: (call: Call) => Promise<Problem | null>;
  readonly publish: (call: Call, flowId: string) => Promise<Problem | null>;
  /** Of every new run, retries included: the rate before the runs at once (flows-api 6.1). */
  readonly start: (call: Call) => Promise<Problem | null>;
  readonly signal: (call: Call) => Promise<Problem | null>;
};

const NO_CHECK = (): Promise<null> => Promise.resolve(null);
const NO_CHECKS: QuotaChecks = { create: NO_CHECK, publish: NO_CHECK, start: NO_CHECK, signal: NO_CHECK };

/** @param pool of the read models, which usage is read from */
export function makeQuotaChecks(evaluate: QuotaEvaluator | undefined, pool: Pool): QuotaChecks {
  if (evaluate === undefined) return NO_CHECKS;
  const scope = ({ tenantId, workspaceId }: Call) => ({ tenantId, workspaceId });
  const used = (count: Promise<number>): Promise<number> => stored(count);
  return {
    create: async (call) => {
      const currentUsage = await used(flowCount(pool, call));
      return evaluate({ ...scope(call), dimension: 'max_flows', currentUsage });
    },
    publish: async (call, flowId) => {
      const currentUsage = await used(versionCount(pool, call, flowId));
      return evaluate({ ...scope(call), dimension: 'max_flow_versions', currentUsage });
    },
    start: async (call) => {
      const byRate = await evaluate({ ...scope(call), dimension: 'flow_starts_per_minute' });
      if (byRate !== null) return byRate;
      const currentUsage = await used(openRunCount(pool, call));
      return evaluate({ ...scope(call), dimension: 'max_concurrent_executions', currentUsage });
    },
    signal: (call) => evaluate({ ...scope(call), dimension: 'flow_signal_rate_per_minute' }),
  };
}

/** Asks at the first call only: a further attempt of a command is charged no more. */
export function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
