import { deniedFrom, problem, type Problem, type QuotaDimension } from '@flowplane/contracts';
import type { DecisionContext } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { countAt, emptyWindow, secondsUntilBelow } from './rate-window.js';

/** The usage at which a dimension denies: what was set for the tenant goes before what is configured (flows-api 12). */
function limitOf({ quotas: { set } }: TenantState, dimension: QuotaDimension, { quotas }: DecisionContext): number {
  if (quotas === null) return Infinity;
  return deniedFrom(set.find((quota) => quota.dimension === dimension) ?? quotas[dimension]);
}

/** 429 once the usage of a dimension has reached its limit. */
export function deniedByQuota(
  state: TenantState,
  dimension: QuotaDimension,
  usage: number,
  context: DecisionContext,
): Problem | undefined {
  const limit = limitOf(state, dimension, context);
  return usage < limit ? undefined : problem('QUOTA_EXCEEDED', { dimension, quota: { limit, usage } });
}

const RATES = { starts: 'flow_starts_per_minute', signals: 'flow_signal_rate_per_minute' } as const;

/** 429 of the rate of starts or of signals, with the seconds until one more fits. */
export function deniedByRate(
  state: TenantState,
  rate: keyof typeof RATES,
  workspaceId: string,
  context: DecisionContext,
): Problem | undefined {
  const dimension = RATES[rate];
  const window = state.quotas[rate].get(workspaceId) ?? emptyWindow();
  const limit = limitOf(state, dimension, context);
  const usage = countAt(window, context.now);
  if (usage < limit) return undefined;
  const retryAfterSeconds = secondsUntilBelow(window, context.now, limit);
  return problem('QUOTA_EXCEEDED', { dimension, retryAfterSeconds, quota: { limit, usage } });
}

/** 429 of a new run: `flow_starts_per_minute` → `max_concurrent_executions` (flows-api 12). */
export function deniedByStartQuotas(
  state: TenantState,
  workspaceId: string,
  context: DecisionContext,
): Problem | undefined {
  const open = state.executions.openInWorkspace.get(workspaceId) ?? 0;
  return (
    deniedByRate(state, 'starts', workspaceId, context) ??
    deniedByQuota(state, 'max_concurrent_executions', open, context)
  );
}
