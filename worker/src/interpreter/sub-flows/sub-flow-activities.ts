import { childExecutionIds, verifyEnvelope, type SignedEnvelope, type SubFlowReference } from '@flowplane/contracts';
import { ApplicationFailure } from '@temporalio/common';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { LocalActivities } from '../workflow/local-activities.js';
import type { PublishedFlows } from './published-flows.js';
import { TooManyVersions, totalsOfVersions } from './totals-of-versions.js';

export type SubFlowActivitiesOptions = {
  /** Undefined for a worker that has no way to published versions: its sub-flows fail, and say why. */
  readonly flows: PublishedFlows | undefined;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
};

type SubFlowActivities = Pick<LocalActivities, 'loadSubFlow' | 'loadSubFlowTotals' | 'signSubFlow' | 'loadAdmitted'>;

/** What a workflow cannot do itself about a sub-flow: read its definition, and vouch for the child's identity. */
export function makeSubFlowActivities({ flows, tokenSecret }: SubFlowActivitiesOptions): SubFlowActivities {
  /** Tenant and workspace are those the parent's signature proves, never what a definition could say. */
  const proven = (envelope: SignedEnvelope): SignedEnvelope => {
    if (verifyEnvelope(envelope, tokenSecret)) return envelope;
    throw final('EXECUTION_TOKEN_INVALID', 'The tenant envelope of the run is not valid.');
  };
  const published = (): PublishedFlows => {
    if (flows !== undefined) return flows;
    throw final('CAPABILITY_UNAVAILABLE', 'This worker has no loader of published definitions.');
  };
  return {
    loadSubFlow: async (request) => {
      const { tenantId, workspaceId } = proven(request.parent);
      const { flowId, flowVersion } = request;
      const ref = { tenantId, workspaceId, flowId, version: Number(flowVersion) };
      const definition = await published().find(ref, request.requestedAt);
      const named = `Version ${flowVersion} of sub-flow '${flowId}'`;
      if (definition === undefined) {
        throw final('FlowDefinitionNotFound', `${named} is not published in this workspace, or its flow is deleted.`);
      }
      const { nodes } = definition as { readonly nodes?: unknown };
      if (!Array.isArray(nodes) || nodes.length === 0) throw final('InvalidFlowDefinition', `${named} has no nodes.`);
      return definition;
    },
    loadSubFlowTotals: async ({ parent, references, requestedAt }) => {
      const { tenantId, workspaceId } = proven(parent);
      const flows = published();
      const find = (reference: SubFlowReference) => flows.find({ tenantId, workspaceId, ...reference }, requestedAt);
      try {
        return await totalsOfVersions(references, find);
      } catch (thrown) {
        if (thrown instanceof TooManyVersions) throw final('SubFlowLimitExceeded', thrown.message);
        throw thrown;
      }
    },
    signSubFlow: async (request) => {
      const { tenantId, workspaceId, executionId: parentId } = proven(request.parent);
      const { nodeId, flowId, flowVersion } = request;
      return childExecutionIds(parentId, nodeId).map((executionId) =>
        vouchedEnvelope(tokenSecret, { tenantId, workspaceId, flowId, flowVersion, executionId }),
      );
    },
    loadAdmitted: async (envelope, requestedAt) => {
      const { flowVersion, ...ref } = proven(envelope);
      const definition = await published().find({ ...ref, version: Number(flowVersion) }, requestedAt);
      if (definition === undefined) throw final('FlowDefinitionNotFound', 'The version to run does not exist.');
      return definition;
    },
  };
}

const final = (code: string, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, code);
