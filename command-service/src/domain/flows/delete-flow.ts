import type { DeleteFlow } from '@flowplane/contracts';
import { accepted, refusedAs, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { flowKey, flowOf, isConflict } from './state.js';

/**
 * 404 → 412 → 409 while a run is not over. Afterwards the id is free: a flow created under it again begins at revision
 * 1 with no version, and its versions are numbered from 1.
 */
export function deleteFlow({ flows, executions }: TenantState, { meta, data }: DeleteFlow): Decision {
  const { flowId, expectedRevision } = data;
  const flow = flowOf(flows, meta, flowId);
  if (flow === undefined) return refusedAs('FLOW_NOT_FOUND', { flowId });
  if (isConflict(expectedRevision, flow)) return refusedAs('REVISION_CONFLICT', { flowId });
  if (executions.openOfFlow.has(flowKey(meta, flowId))) return refusedAs('FLOW_HAS_ACTIVE_EXECUTIONS', { flowId });
  return accepted({ type: 'FlowDeleted', data: { flowId, revision: flow.revision } });
}
