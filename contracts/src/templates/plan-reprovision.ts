import type { Json, JsonObject } from '../flow/json.js';
import type { Secrets } from './credentials.js';
import { putCredentialsBack } from './credentials.js';
import type { Template, TemplateNode, TemplateResource } from './document.js';
import { provisionWorkflow } from './document.js';
import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';
import { mapMembers, parseJsonObject, sameJson } from './json-walk.js';
import type { PlanOptions } from './plan-provision.js';
import { provisionOrder } from './plan-provision.js';
import type { NodeDecision, RunPlan } from './run-plan.js';
import { needsItsUpdate, outputsOf, planNodes, resourcesByNode } from './run-plan.js';
import { knownStepType } from './step-types.js';
import { isStructure, shownInputs } from './user-inputs.js';

/** What is compared. The credentials of both templates are pointers. */
export type ReprovisionRequest = {
  readonly stored: Template;
  readonly next: Template;
  readonly resources: readonly TemplateResource[];
  /** Ids of the nodes that are as the stored template has them. */
  readonly done: readonly string[];
  /** Clear texts of the credentials of both. */
  readonly secrets: Secrets;
};

/**
 * The plan of a reprovisioning, or why there is none (provisioning 13). The new template has been validated
 * (`validateTemplate`).
 */
export function planReprovision(request: ReprovisionRequest, options: PlanOptions): Checked<RunPlan> {
  return checked(() => {
    const { workflow, order } = provisionOrder(request.next, options);
    const stored = new Map(provisionWorkflow(request.stored)?.nodes.map((node) => [node.id, node]));
    const ids = new Set(order.map(({ id }) => id));
    if ([...stored.keys()].some((id) => !ids.has(id))) {
      refuse(400, 'Workflow Step deletion is not supported when reprovisioning a template.');
    }
    const byNode = resourcesByNode(request.resources);
    const decisions = new Map(
      order.map((node) => [node.id, decide(node, stored.get(node.id), byNode.get(node.id) ?? [], request)]),
    );
    const nodes = planNodes(workflow, order, ({ id }) => decisions.get(id));
    const isChange = ({ id, action }: (typeof nodes)[number]): boolean => action === 'update' || !stored.has(id);
    if (!nodes.some(isChange)) {
      refuse(400, 'Template does not contain any modifications');
    }
    return {
      workflowId: options.workflowId,
      kind: 'reprovision',
      userParams: workflow.userParams,
      parameters: {},
      nodes,
    };
  });
}

function decide(
  node: TemplateNode,
  stored: TemplateNode | undefined,
  resources: readonly TemplateResource[],
  { secrets, done }: Pick<ReprovisionRequest, 'secrets' | 'done'>,
): NodeDecision {
  if (stored === undefined) {
    return { action: 'create' };
  }
  const { resourceType, updateStep, evaluatedAgain } = knownStepType(node.type);
  if (stored.type !== node.type) {
    return refuse(400, `Workflow Step ${node.id} does not support updates when reprovisioning.`);
  }
  if (!sameNode(stored, node, secrets)) {
    if (updateStep !== undefined) {
      return { action: 'update' };
    }
    return refuse(
      400,
      resourceType === undefined
        ? `Unable to find update step for step: ${node.type}`
        : `Workflow Step ${node.id} does not support updates when reprovisioning.`,
    );
  }
  if (needsItsUpdate(node, resources, done)) {
    return { action: 'update', again: true };
  }
  if (evaluatedAgain) {
    return { action: 'evaluate' };
  }
  return resources.length > 0 ? { action: 'keep', outputs: outputsOf(resources) } : undefined;
}

function sameNode(stored: TemplateNode, next: TemplateNode, secrets: Secrets): boolean {
  return (
    sameJson({ ...stored.previousNodeInputs }, { ...next.previousNodeInputs }) &&
    sameJson(comparable(stored, secrets), comparable(next, secrets))
  );
}

/** Inputs as they are compared: credentials in clear, structures as such also where they were sent as texts. */
function comparable(node: TemplateNode, secrets: Secrets): JsonObject {
  const inputs = shownInputs(putCredentialsBack(node, secrets).userInputs);
  return mapMembers(inputs, (value, name): Json =>
    isStructure(name) && typeof value === 'string' ? (parseJsonObject(value) ?? value) : value,
  );
}
