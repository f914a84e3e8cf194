import type { CommandMeta } from '@flowplane/contracts';
import { refusedAs, type Decision, type DecisionContext } from './decision.js';
import { limitOf } from './limits.js';
import { deniedByRate } from './rate-quota.js';
import { openRunsIn, startsIn, type TenantState } from './tenant-state.js';

type NewRun = { readonly flowId: string; readonly executionId: string };

/** 429 `flow_starts_per_minute` → 429 `max_concurrent_executions`: what every new run is charged (flows-api 12). */
export function deniedByStartQuotas(
  state: TenantState,
  { workspaceId }: CommandMeta,
  subject: NewRun,
  context: DecisionContext,
): Decision | undefined {
  const byRate = deniedByRate(state, startsIn(state, workspaceId), 'flow_starts_per_minute', subject, context);
  if (byRate !== undefined) return byRate;
  if (openRunsIn(state, workspaceId) >= limitOf(state, 'max_concurrent_executions', context)) {
    return refusedAs('QUOTA_EXCEEDED', subject, { dimension: 'max_concurrent_executions' });
  }
  return undefined;
}
