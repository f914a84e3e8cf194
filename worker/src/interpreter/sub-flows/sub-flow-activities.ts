import {
  childExecutionIds,
  KEY_DERIVATION,
  signEnvelope,
  verifyEnvelope,
  workspaceKey,
  type SignedEnvelope,
} from '@flowplane/contracts';
import { ApplicationFailure } from '@temporalio/common';
import type { LocalActivities, SubFlowRequest } from '../workflow/local-activities.js';
import type { PublishedFlows } from './published-flows.js';

export type SubFlowActivitiesOptions = {
  /** Undefined for a worker that has no way to published versions: its sub-flows fail, and say why. */
  readonly flows: PublishedFlows | undefined;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
};

type SubFlowActivities = Pick<LocalActivities, 'loadSubFlow' | 'signSubFlow'>;

/** What a workflow cannot do itself about a sub-flow: read its definition, and vouch for the child's identity. */
export function makeSubFlowActivities({ flows, tokenSecret }: SubFlowActivitiesOptions): SubFlowActivities {
  /** Tenant and workspace are those the parent's signature proves, never what a definition could say. */
  const provenParent = ({ parent }: SubFlowRequest): SignedEnvelope => {
    if (verifyEnvelope(parent, tokenSecret)) return parent;
    throw final('EXECUTION_TOKEN_INVALID', 'The tenant envelope of the run is not valid.');
  };
  return {
    loadSubFlow: async (request) => {
      const { tenantId, workspaceId } = provenParent(request);
      const { flowId, flowVersion } = request;
      if (flows === undefined) {
        throw final('CAPABILITY_UNAVAILABLE', 'This worker has no loader of sub-flow definitions.');
      }
      const ref = { tenantId, workspaceId, flowId, version: Number(flowVersion) };
      const definition = await flows.find(ref, request.requestedAt);
      const named = `Version ${flowVersion} of sub-flow '${flowId}'`;
      if (definition === undefined) {
        throw final('FlowDefinitionNotFound', `${named} is not published in this workspace, or its flow is deleted.`);
      }
      const { nodes } = definition as { readonly nodes?: unknown };
      if (!Array.isArray(nodes) || nodes.length === 0) throw final('InvalidFlowDefinition', `${named} has no nodes.`);
      return definition;
    },
    signSubFlow: async (request) => {
      const { tenantId, workspaceId, executionId: parentId } = provenParent(request);
      const { nodeId, flowId, flowVersion } = request;
      const key = workspaceKey(tokenSecret, tenantId, workspaceId);
      return childExecutionIds(parentId, nodeId).map((executionId) =>
        signEnvelope({ tenantId, workspaceId, flowId, flowVersion, executionId, keyDerivation: KEY_DERIVATION }, key),
      );
    },
  };
}

const final = (code: string, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, code);
