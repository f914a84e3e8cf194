import type { JsonObject } from '../flow/json.js';
import type { TemplateNode, TemplateResource, TemplateWorkflow, TextMap } from './document.js';
import { predecessorsById } from './document.js';
import { nodeTimeoutMs } from './node-timeout.js';
import type { KeptParameter } from './credentials.js';
import { knownStepType } from './step-types.js';

/**
 * What a run does at a node.
 * - `create`: runs the step.
 * - `update`: runs the update step in its place, which records no resource.
 * - `evaluate`: runs the step again; it makes nothing on the server.
 * - `keep`: runs nothing and passes on what there is.
 */
export type RunAction = 'create' | 'update' | 'evaluate' | 'keep';

export type RunNode = {
  readonly id: string;
  /** Step type to run: the update step where the action is `update`. */
  readonly type: string;
  readonly action: RunAction;
  readonly previousNodeInputs: TextMap;
  /** Credentials are pointers. */
  readonly userInputs: JsonObject;
  /** Nodes whose outputs it may use: those with an edge to it, as far as they are in the plan. */
  readonly predecessors: readonly string[];
  /** Nodes that have to be done before: its predecessors, and what nodes that were left out waited for. */
  readonly dependsOn: readonly string[];
  readonly timeoutMs: number;
  /** A create that must not be repeated records an intent first (provisioning 8.5). */
  readonly repeatable: boolean;
  /** Outputs of a node that is kept. */
  readonly outputs?: TextMap;
  /** An earlier run began it and did not see its end: what it is to do may be done already. */
  readonly again?: true;
};

/**
 * What a run of a template executes: plain JSON for events and the engine. All nodes whose `dependsOn` are done run at
 * once; a failure takes its descendants with it (`readyNodes`, `errorOfRun`).
 */
export type RunPlan = {
  readonly workflowId: string;
  readonly kind: 'provision' | 'reprovision' | 'resume';
  readonly userParams: TextMap;
  readonly parameters: Readonly<Record<string, KeptParameter>>;
  /** In topological order. */
  readonly nodes: readonly RunNode[];
};

/** What is to be done at a node; undefined leaves it out. */
export type NodeDecision =
  | { readonly action: 'create' | 'evaluate' | 'update'; readonly again?: true }
  | { readonly action: 'keep'; readonly outputs: TextMap }
  | undefined;

/**
 * The nodes of a plan.
 *
 * @param order the nodes of the workflow in topological order
 */
export function planNodes(
  workflow: TemplateWorkflow,
  order: readonly TemplateNode[],
  decide: (node: TemplateNode) => NodeDecision,
): RunNode[] {
  const predecessors = predecessorsById(workflow);
  const planned = new Map<string, RunNode>();
  /** What stands for a node that was left out: what it would have waited for. */
  const waitsFor = new Map<string, readonly string[]>();
  for (const node of order) {
    const direct = predecessors.get(node.id) ?? [];
    const dependsOn = [...new Set(direct.flatMap((id) => (planned.has(id) ? [id] : (waitsFor.get(id) ?? []))))];
    const decision = decide(node);
    if (decision === undefined) {
      waitsFor.set(node.id, dependsOn);
    } else {
      const present = direct.filter((id) => planned.has(id));
      planned.set(node.id, runNode(node, decision, present, dependsOn));
    }
  }
  return [...planned.values()];
}

function runNode(
  node: TemplateNode,
  decision: NonNullable<NodeDecision>,
  predecessors: readonly string[],
  dependsOn: readonly string[],
): RunNode {
  const own = knownStepType(node.type);
  const step = decision.action === 'update' ? knownStepType(own.updateStep ?? '') : own;
  return {
    id: node.id,
    type: step.type,
    action: decision.action,
    previousNodeInputs: node.previousNodeInputs,
    userInputs: node.userInputs,
    predecessors,
    dependsOn,
    timeoutMs: nodeTimeoutMs(node),
    repeatable: step.repeatable,
    ...(decision.action === 'keep' ? { outputs: decision.outputs } : {}),
    ...(decision.action !== 'keep' && decision.again === true ? { again: true as const } : {}),
  };
}

/** Whether a node has what it is to make, and an earlier run did not see its update through. */
export function needsItsUpdate(
  { id, type }: Pick<TemplateNode, 'id' | 'type'>,
  resources: readonly TemplateResource[],
  done: readonly string[],
): boolean {
  return resources.length > 0 && knownStepType(type).updateStep !== undefined && !done.includes(id);
}

/** What a node with resources passes on: their ids by their types. */
export function outputsOf(resources: readonly TemplateResource[]): TextMap {
  return Object.fromEntries(resources.map(({ resource_type, resource_id }) => [resource_type, resource_id]));
}

/** Resources by the id of their node. */
export function resourcesByNode(resources: readonly TemplateResource[]): ReadonlyMap<string, TemplateResource[]> {
  const byNode = new Map<string, TemplateResource[]>();
  for (const resource of resources) {
    const known = byNode.get(resource.workflow_step_id);
    if (known === undefined) byNode.set(resource.workflow_step_id, [resource]);
    else known.push(resource);
  }
  return byNode;
}
