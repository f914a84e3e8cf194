import type { JsonObject } from '../flow/json.js';
import { ownMember } from '../flow/json.js';

/** Texts by name. */
export type TextMap = Readonly<Record<string, string>>;

/** A step of a workflow. */
export type TemplateNode = {
  readonly id: string;
  readonly type: string;
  /** Output key by id of the node that has it. */
  readonly previousNodeInputs: TextMap;
  /**
   * Inputs in normal form: objects of `configurations`, `interface` and `llm` are structures, numbers and booleans in
   * other maps are texts, arrays in other maps are still arrays. `shownInputs` makes what clients and steps see.
   */
  readonly userInputs: JsonObject;
};

export type TemplateEdge = {
  readonly source: string;
  readonly dest: string;
};

export type TemplateWorkflow = {
  readonly userParams: TextMap;
  readonly nodes: readonly TemplateNode[];
  /** The explicit edges, and behind them those that `previousNodeInputs` imply. */
  readonly edges: readonly TemplateEdge[];
};

export type TemplateVersion = {
  readonly template?: string;
  readonly compatibility: readonly string[];
};

/** A template in normal form (provisioning 3). It is plain JSON, so that events and tables can hold it. */
export type Template = {
  readonly name: string;
  /** Empty when there is none. */
  readonly description: string;
  /** Empty when there is none. */
  readonly useCase: string;
  readonly version?: TemplateVersion;
  readonly workflows: Readonly<Record<string, TemplateWorkflow>>;
  readonly uiMetadata?: JsonObject;
  /** `{name, backend_roles[], roles[], custom_attribute_names[]}` of the owner. */
  readonly user?: JsonObject;
  /** Times are milliseconds since 1970. */
  readonly createdTime?: number;
  readonly lastUpdatedTime?: number;
  readonly lastProvisionedTime?: number;
  readonly tenantId?: string;
  readonly allSharedPrincipals?: readonly string[];
};

/** Something that a step has created (provisioning 9). */
export type TemplateResource = {
  readonly workflow_step_name: string;
  readonly workflow_step_id: string;
  readonly resource_type: string;
  readonly resource_id: string;
};

/** The workflow that provisioning runs; undefined when the template has none. */
export function provisionWorkflow(template: Template): TemplateWorkflow | undefined {
  return Object.hasOwn(template.workflows, 'provision') ? template.workflows['provision'] : undefined;
}

/** A member of a map of texts; never one of `Object.prototype`. */
export function textOf(map: TextMap, name: string): string | undefined {
  const text = ownMember(map, name);
  return typeof text === 'string' ? text : undefined;
}

/** By id of each node: ids of the nodes with an edge to it, each once, in the order of the edges. */
export function predecessorsById({ nodes, edges }: TemplateWorkflow): ReadonlyMap<string, readonly string[]> {
  const sources = new Map<string, Set<string>>(nodes.map(({ id }) => [id, new Set()]));
  for (const { source, dest } of edges) {
    sources.get(dest)?.add(source);
  }
  return new Map([...sources].map(([id, ids]) => [id, [...ids]]));
}
