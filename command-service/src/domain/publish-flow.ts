import type { PublishFlow } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { limitOf } from './limits.js';
import { flowOf, type TenantState } from './tenant-state.js';
import { isConflict } from './update-flow.js';

/** 404 → 412 → stale draft → the verdict → 429 `max_flow_versions` (flows-api 5). */
export function publishFlow(state: TenantState, { meta, data }: PublishFlow, context: DecisionContext): Decision {
  const { flowId, expectedRevision, draftRevision, draftBirth, definition, verdict } = data;
  const flow = flowOf(state, meta, flowId);
  if (flow === undefined) return refusedAs('FLOW_NOT_FOUND', { flowId });
  const { revision } = flow;
  if (isConflict(expectedRevision, revision)) return refusedAs('REVISION_CONFLICT', { flowId });
  if (draftRevision !== revision || (draftBirth !== null && draftBirth !== flow.birth)) {
    return { kind: 'stale', flowId, revision };
  }
  if (verdict !== null) return refused(verdict, { flowId });
  // A draft without definition has a verdict; should one come without, nothing must be published.
  if (definition === null) return refusedAs('FLOW_DEFINITION_INVALID', { flowId }, { errors: [] });
  const published = flow.latestVersion ?? 0;
  if (published >= limitOf(state, 'max_flow_versions', context)) {
    return refusedAs('QUOTA_EXCEEDED', { flowId }, { dimension: 'max_flow_versions' });
  }
  const { definitionYaml, dslApiVersion, triggers } = data;
  return accepted({
    type: 'FlowVersionPublished',
    data: {
      flowId,
      version: published + 1,
      revision: revision + 1,
      definition,
      definitionYaml,
      dslApiVersion,
      triggers,
    },
  });
}
