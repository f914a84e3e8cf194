import type { ArchiveFlowVersion } from '@flowplane/contracts';
import { accepted, refusedAs, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { flowOf, flowsOf, isKept, type FlowsState } from './state.js';
import { versionKey } from './sub-flow-versions.js';

/**
 * 404 `VERSION_NOT_FOUND` (also of an unknown flow, and of a version that was removed before) → 409 `VERSION_IN_USE`
 * (flows-api 5). Runs of the version go on: each keeps the definition it started with.
 */
export function archiveVersion({ flows }: TenantState, { meta, data }: ArchiveFlowVersion): Decision {
  const { flowId, version } = data;
  const flow = flowOf(flows, meta, flowId);
  if (flow === undefined || !isKept(flow, version)) return refusedAs('VERSION_NOT_FOUND', { flowId });
  if (version === flow.latestVersion) {
    const message = `Version ${version} is the latest one. Publish another one first.`;
    return refusedAs('VERSION_IN_USE', { flowId }, { message });
  }
  const user = userOf(flows, meta, versionKey(flowId, version));
  if (user !== undefined) {
    const message = `A sub-flow node of version ${user.version} of flow ${user.flowId} refers to it. Remove that version first.`;
    return refusedAs('VERSION_IN_USE', { flowId }, { message });
  }
  return accepted({ type: 'FlowVersionArchived', data: { flowId, version } });
}

/** A published version, of any flow of the workspace, that has a sub-flow node which names this one. */
function userOf(
  flows: FlowsState,
  scope: ArchiveFlowVersion['meta'],
  named: string,
): { readonly flowId: string; readonly version: number } | undefined {
  for (const [flowId, { subFlows }] of flowsOf(flows, scope)) {
    for (const [version, names] of subFlows) if (names.includes(named)) return { flowId, version };
  }
  return undefined;
}
