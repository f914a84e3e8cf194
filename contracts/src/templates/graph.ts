import type { TemplateEdge, TemplateNode, TemplateWorkflow } from './document.js';
import type { Checked } from './errors.js';
import { checked, listed, refuse } from './errors.js';
import { nodeTimeoutMs } from './node-timeout.js';
import { edgeKey } from './read-workflow.js';
import { stepType } from './step-types.js';

export type GraphOptions = {
  /** Undefined while the template is being created. */
  readonly workflowId?: string;
  /** Most nodes of a workflow: the setting `max_workflow_steps`. */
  readonly maxSteps: number;
};

/**
 * Checks a workflow by the rules of provisioning 4, in their order.
 *
 * @returns the nodes in topological order: those without predecessors as the document has them, then first in, first out
 */
export function checkGraph(workflow: TemplateWorkflow, options: GraphOptions): Checked<readonly TemplateNode[]> {
  return checked(() => {
    checkNodes(workflow.nodes, options);
    checkEdges(workflow);
    const order = sorted(workflow);
    for (const { type } of workflow.nodes) {
      if (stepType(type) === undefined) {
        refuse(501, `Workflow step type [${type}] is not implemented.`);
      }
    }
    for (const node of workflow.nodes) {
      nodeTimeoutMs(node);
    }
    return order;
  });
}

function checkNodes(nodes: readonly TemplateNode[], { workflowId, maxSteps }: GraphOptions): void {
  if (nodes.length > maxSteps) {
    const count = `Workflow ${workflowId ?? 'null'} has ${nodes.length} nodes, which exceeds the maximum of ${maxSteps}.`;
    refuse(400, `${count} Change the setting [plugins.flow_framework.max_workflow_steps] to increase this.`);
  }
  const denied = nodes.find(({ type }) => stepType(type)?.denied === true);
  if (denied !== undefined) {
    refuse(403, `The step type [${denied.type}] for node [${denied.id}] can not be used in a workflow.`);
  }
  const ids = new Set<string>();
  for (const { id } of nodes) {
    if (ids.has(id)) {
      refuse(400, `Duplicate node id ${id}.`);
    }
    ids.add(id);
  }
}

function checkEdges({ nodes, edges }: TemplateWorkflow): void {
  const ids = new Set(nodes.map(({ id }) => id));
  for (const { source, dest } of edges) {
    if (!ids.has(source)) {
      refuse(400, `Edge source ${source} does not correspond to a node.`);
    }
    if (!ids.has(dest)) {
      refuse(400, `Edge destination ${dest} does not correspond to a node.`);
    }
  }
  const loop = edges.find(({ source, dest }) => source === dest);
  if (loop !== undefined) {
    refuse(400, `Edge connects node ${loop.source} to itself.`);
  }
}

/** The nodes in topological order. Their ids are unique and the edges lead to nodes. */
function sorted({ nodes, edges }: TemplateWorkflow): readonly TemplateNode[] {
  const unique = [...new Map(edges.map((edge) => [edgeKey(edge), edge])).values()];
  const unmet = new Map(nodes.map(({ id }) => [id, 0]));
  const outgoing = new Map<string, TemplateEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of unique) {
    unmet.set(edge.dest, (unmet.get(edge.dest) ?? 0) + 1);
    outgoing.get(edge.source)?.push(edge);
  }
  const order = nodes.filter(({ id }) => unmet.get(id) === 0);
  if (order.length === 0) {
    refuse(400, 'No start node detected: all nodes have a predecessor.');
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const consumed = new Set<TemplateEdge>();
  // The list grows while it is walked: what is ready is put behind.
  for (const { id } of order) {
    for (const edge of outgoing.get(id) ?? []) {
      consumed.add(edge);
      const left = (unmet.get(edge.dest) ?? 0) - 1;
      unmet.set(edge.dest, left);
      const next = byId.get(edge.dest);
      if (left === 0 && next !== undefined) {
        order.push(next);
      }
    }
  }
  const rest = unique.filter((edge) => !consumed.has(edge));
  if (rest.length > 0) {
    refuse(400, `Cycle detected: ${listed(rest.map(({ source, dest }) => `${source}->${dest}`))}`);
  }
  return order;
}
