import type { DeleteFlow } from '@flowplane/contracts';
import { accepted, refusedAs, type Decision } from './decision.js';
import { flowOf, type TenantState } from './tenant-state.js';
import { isConflict } from './update-flow.js';

/**
 * 404 → 412 → 409 while a run is not over. Afterwards the id is free: a flow created under it again begins at revision
 * 1 with no version, and its versions are numbered from 1.
 */
export function deleteFlow(state: TenantState, { meta, data }: DeleteFlow): Decision {
  const { flowId, expectedRevision } = data;
  const flow = flowOf(state, meta, flowId);
  if (flow === undefined) return refusedAs('FLOW_NOT_FOUND', { flowId });
  if (isConflict(expectedRevision, flow.revision)) return refusedAs('REVISION_CONFLICT', { flowId });
  if (flow.openRuns > 0) return refusedAs('FLOW_HAS_ACTIVE_EXECUTIONS', { flowId });
  return accepted({ type: 'FlowDeleted', data: { flowId, revision: flow.revision } });
}
