import type { Template, TemplateNode, TemplateResource, TemplateWorkflow } from './document.js';
import { provisionWorkflow } from './document.js';
import type { Checked } from './errors.js';
import { checked, refuse, valueOf } from './errors.js';
import type { GraphOptions } from './graph.js';
import { checkGraph } from './graph.js';
import type { KeptParameter } from './credentials.js';
import { checkRevealedParameters } from './revealed-parameters.js';
import type { NodeDecision, RunPlan } from './run-plan.js';
import { needsItsUpdate, outputsOf, planNodes, resourcesByNode } from './run-plan.js';
import { knownStepType } from './step-types.js';

export type PlanOptions = GraphOptions & { readonly workflowId: string };

/**
 * The plan of a first provisioning: every node is created. The template has been validated (`validateTemplate`).
 *
 * @param template its credentials are pointers
 */
export function planProvision(
  template: Template,
  parameters: Readonly<Record<string, KeptParameter>>,
  options: PlanOptions,
): Checked<RunPlan> {
  return checked(() => {
    const { workflow, order } = provisionOrder(template, options);
    checkRevealedParameters(order, workflow.userParams, parameters);
    const nodes = planNodes(workflow, order, () => ({ action: 'create' }));
    return { workflowId: options.workflowId, kind: 'provision', userParams: workflow.userParams, parameters, nodes };
  });
}

/**
 * The plan that goes on with a failed run: nodes that are done are kept, updates that did not end well are made, all
 * others are created.
 *
 * @param template of the failed run
 * @param resources that there are
 * @param done ids of the nodes that are as the template has them
 */
export function planResume(
  template: Template,
  resources: readonly TemplateResource[],
  done: readonly string[],
  parameters: Readonly<Record<string, KeptParameter>>,
  options: PlanOptions,
): Checked<RunPlan> {
  return checked(() => {
    const { workflow, order } = provisionOrder(template, options);
    checkRevealedParameters(order, workflow.userParams, parameters);
    const byNode = resourcesByNode(resources);
    const completed = new Set(done);
    const decide = ({ id, type }: TemplateNode): NodeDecision => {
      const { evaluatedAgain, resourceType } = knownStepType(type);
      const present = byNode.get(id) ?? [];
      const outputs = outputsOf(present);
      if (needsItsUpdate({ id, type }, present, done)) {
        return { action: 'update', again: true };
      }
      if (resourceType !== undefined && Object.hasOwn(outputs, resourceType)) {
        return { action: 'keep', outputs };
      }
      if (completed.has(id) && !evaluatedAgain) {
        return undefined;
      }
      return completed.has(id) ? { action: 'evaluate' } : { action: 'create', again: true };
    };
    const nodes = planNodes(workflow, order, decide);
    return { workflowId: options.workflowId, kind: 'resume', userParams: workflow.userParams, parameters, nodes };
  });
}

/** The workflow that provisioning runs, and its nodes in topological order. */
export function provisionOrder(
  template: Template,
  options: PlanOptions,
): { readonly workflow: TemplateWorkflow; readonly order: readonly TemplateNode[] } {
  const workflow = provisionWorkflow(template);
  return workflow === undefined
    ? refuse(400, `Workflow ${options.workflowId} has no provision workflow.`)
    : { workflow, order: valueOf(checkGraph(workflow, options)) };
}
