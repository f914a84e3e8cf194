import type { UpdateFlow } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { flowOf, isConflict } from './state.js';

/** 404 → 412 → the verdict. A patch without any field is accepted and counts as one: it renews `updatedAt`. */
export function updateFlow(state: TenantState, { meta, data }: UpdateFlow): Decision {
  const { verdict, expectedRevision, ...patch } = data;
  const { flowId } = patch;
  const flow = flowOf(state.flows, meta, flowId);
  if (flow === undefined) return refusedAs('FLOW_NOT_FOUND', { flowId });
  if (isConflict(expectedRevision, flow)) return refusedAs('REVISION_CONFLICT', { flowId });
  if (verdict !== null) return refused(verdict, { flowId });
  return accepted({ type: 'FlowUpdated', data: { ...patch, revision: flow.revision + 1 } });
}
