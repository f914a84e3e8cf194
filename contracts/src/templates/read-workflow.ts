import type { Json, JsonObject } from '../flow/json.js';
import type { TemplateEdge, TemplateNode, TemplateWorkflow } from './document.js';
import { refuse } from './errors.js';
import { isAbsent, readArray, readObject, readText, readTextMap } from './read-parts.js';
import { readUserInputs } from './user-inputs.js';

/** A workflow in normal form (provisioning 3.2). Ends the present `checked` when it cannot be read. */
export function readWorkflow(value: Json): TemplateWorkflow {
  const workflow = readObject(value);
  const nodes = readArray(workflow['nodes'] ?? []).map(readNode);
  const edges = readArray(workflow['edges'] ?? []).map(readEdge);
  if (nodes.length === 0) {
    refuse(400, 'A workflow must have at least one node.');
  }
  return { userParams: readTextMap(workflow['user_params'] ?? {}), nodes, edges: withImpliedEdges(nodes, edges) };
}

function readNode(value: Json): TemplateNode {
  const node = readObject(value);
  onlyMembers(node, ['id', 'type', 'previous_node_inputs', 'user_inputs'], 'a node object');
  if (isAbsent(node['id']) || isAbsent(node['type'])) {
    refuse(400, 'An node object requires both an id and type field.');
  }
  return {
    id: readText(node['id']),
    type: readText(node['type']),
    previousNodeInputs: readTextMap(node['previous_node_inputs'] ?? {}),
    userInputs: readUserInputs(readObject(node['user_inputs'] ?? {})),
  };
}

function readEdge(value: Json): TemplateEdge {
  const edge = readObject(value);
  onlyMembers(edge, ['source', 'dest'], 'an edge object');
  if (isAbsent(edge['source']) || isAbsent(edge['dest'])) {
    refuse(400, 'An edge object requires both a source and dest field.');
  }
  return { source: readText(edge['source']), dest: readText(edge['dest']) };
}

function onlyMembers(object: JsonObject, names: readonly string[], place: string): void {
  const other = Object.keys(object).find((name) => !names.includes(name));
  if (other !== undefined) {
    refuse(400, `Unable to parse field [${other}] in ${place}.`);
  }
}

/** The edges, and behind them one from every node that another takes an output of (provisioning 4). */
function withImpliedEdges(nodes: readonly TemplateNode[], explicit: readonly TemplateEdge[]): TemplateEdge[] {
  const edges = [...explicit];
  const known = new Set(explicit.map(edgeKey));
  for (const { id, previousNodeInputs } of nodes) {
    for (const source of Object.keys(previousNodeInputs)) {
      const edge = { source, dest: id };
      if (!known.has(edgeKey(edge))) {
        known.add(edgeKey(edge));
        edges.push(edge);
      }
    }
  }
  return edges;
}

/** One text for an edge, by which equal edges are found. */
export const edgeKey = ({ source, dest }: TemplateEdge): string => JSON.stringify([source, dest]);
