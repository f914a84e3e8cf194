import type { CreateFlow } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { deniedByQuota } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { flowOf } from './state.js';

/** Order of flows-api 5: 429 `max_flows` → the verdict on YAML and definition → 409 `FLOW_EXISTS`. */
export function createFlow(state: TenantState, { meta, data }: CreateFlow, context: DecisionContext): Decision {
  const { verdict, ...flow } = data;
  const { flowId } = flow;
  const refusal = deniedByQuota(state, 'max_flows', state.flows.size, context) ?? verdict;
  if (refusal !== null) return refused(refusal, { flowId });
  if (flowOf(state.flows, meta, flowId) !== undefined) return refusedAs('FLOW_EXISTS', { flowId });
  return accepted({ type: 'FlowCreated', data: { ...flow, revision: 1 } });
}
