import type { PublishFlow } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { deniedByQuota } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { flowOf, flowsOf, isConflict, keptVersions, type FlowsState } from './state.js';
import { namedVersions, versionKey } from './sub-flow-versions.js';
import { replacesSecrets } from './trigger-heads.js';

/**
 * 404 → 412 → stale draft → the verdict → stale sub-flow → 429 `max_flow_versions` (flows-api 5). Stale is a draft that was created or
 * patched since it was loaded; other publishes of it, which raise the revision as well, do not matter.
 */
export function publishFlow(state: TenantState, { meta, data }: PublishFlow, context: DecisionContext): Decision {
  const { flowId, expectedRevision, draftRevision, draftBirth, definition, verdict } = data;
  const flow = flowOf(state.flows, meta, flowId);
  if (flow === undefined) return refusedAs('FLOW_NOT_FOUND', { flowId });
  const { revision } = flow;
  if (isConflict(expectedRevision, flow)) return refusedAs('REVISION_CONFLICT', { flowId });
  const isOther = draftBirth !== null && draftBirth !== flow.birth;
  const isEditedSince = draftRevision < flow.draftRevision || draftRevision > revision;
  if (isOther || isEditedSince || replacesSecrets(data.triggers, flow.triggers)) {
    return { kind: 'stale', flowId, revision };
  }
  if (verdict !== null) return refused(verdict, { flowId });
  // A draft without definition has a verdict; should one come without, nothing must be published.
  if (definition === null) return refusedAs('FLOW_DEFINITION_INVALID', { flowId }, { errors: [] });
  // Removed since the draft was validated: it is validated again.
  if (namesRemoved(state.flows, meta, definition)) return { kind: 'stale', flowId, revision };
  const denied = deniedByQuota(state, 'max_flow_versions', keptVersions(flow), context);
  if (denied !== undefined) return refused(denied, { flowId });
  const { definitionYaml, dslApiVersion, triggers } = data;
  const version = {
    version: (flow.latestVersion ?? 0) + 1,
    revision: revision + 1,
    definition,
    definitionYaml,
    dslApiVersion,
    triggers,
  };
  return accepted({ type: 'FlowVersionPublished', data: { flowId, ...version } });
}

/** Whether a sub-flow node names a version that was removed. */
function namesRemoved(flows: FlowsState, scope: PublishFlow['meta'], definition: string): boolean {
  const named = new Set(namedVersions(definition));
  if (named.size === 0) return false;
  for (const [flowId, { archived }] of flowsOf(flows, scope)) {
    for (const version of archived) if (named.has(versionKey(flowId, version))) return true;
  }
  return false;
}
