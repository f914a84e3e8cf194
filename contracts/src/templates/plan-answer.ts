import type { TemplateResource } from './document.js';
import type { DeprovisionPlan } from './plan-deprovision.js';
import type { RunPlan } from './run-plan.js';
import { resourcesByNode } from './run-plan.js';
import type { TemplateNode } from './document.js';

/** One step of the answer of `_plan`. */
export type PlannedStep = {
  readonly node_id: string;
  readonly type: string;
  readonly action: 'create' | 'update' | 'delete' | 'keep' | 'skip';
  /** What is kept, updated, deleted or left; null where there is nothing yet. */
  readonly resource: { readonly resource_type: string; readonly resource_id: string } | null;
};

/**
 * What a run would do, as `_plan` shows it. Steps that are evaluated again are shown as kept, nodes of the template that
 * the plan leaves out as skipped.
 *
 * @param nodes of the template, in the order in which they are shown
 */
export function shownRunPlan(
  nodes: readonly TemplateNode[],
  plan: RunPlan,
  resources: readonly TemplateResource[],
): readonly PlannedStep[] {
  const planned = new Map(plan.nodes.map((node) => [node.id, node]));
  const byNode = resourcesByNode(resources);
  return nodes.map(({ id, type }) => {
    const node = planned.get(id);
    const resource = byNode.get(id)?.[0];
    const action = node?.action ?? 'skip';
    return {
      node_id: id,
      type: node?.type ?? type,
      action: action === 'evaluate' ? 'keep' : action,
      resource: resource === undefined ? null : shownResource(resource),
    };
  });
}

/** What a deprovisioning would do, as `_plan` shows it: removals in their order, then what is set aside. */
export function shownDeprovisionPlan({ steps, setAside }: DeprovisionPlan): readonly PlannedStep[] {
  return [
    ...steps.map(({ type, resource }): PlannedStep => ({
      node_id: resource.workflow_step_id,
      type,
      action: 'delete',
      resource: shownResource(resource),
    })),
    ...setAside.toReversed().map((resource): PlannedStep => ({
      node_id: resource.workflow_step_id,
      type: resource.workflow_step_name,
      action: 'skip',
      resource: shownResource(resource),
    })),
  ];
}

const shownResource = ({ resource_type, resource_id }: TemplateResource): NonNullable<PlannedStep['resource']> => ({
  resource_type,
  resource_id,
});
