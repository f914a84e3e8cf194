import type { CreateFlow } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { limitOf } from './limits.js';
import { flowOf, type TenantState } from './tenant-state.js';

/** Order of flows-api 5: 429 `max_flows` → the verdict on YAML and definition → 409 `FLOW_EXISTS`. */
export function createFlow(state: TenantState, { meta, data }: CreateFlow, context: DecisionContext): Decision {
  const { verdict, ...flow } = data;
  const { flowId } = flow;
  if (state.flows.size >= limitOf(state, 'max_flows', context))
    return refusedAs('QUOTA_EXCEEDED', { flowId }, { dimension: 'max_flows' });
  if (verdict !== null) return refused(verdict, { flowId });
  if (flowOf(state, meta, flowId) !== undefined) return refusedAs('FLOW_EXISTS', { flowId });
  return accepted({ type: 'FlowCreated', data: { ...flow, revision: 1 } });
}
