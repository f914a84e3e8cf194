import { subFlowReferences, type FlowDefinition } from '@flowplane/contracts/flow';

/** A version of a flow of a workspace: ids of flows hold no `/`. */
export const versionKey = (flowId: string, version: number): string => `${flowId}/${version}`;

/**
 * The versions that the sub-flow nodes of a definition name, each once.
 *
 * @param definition JSON text of what is published
 */
export function namedVersions(definition: string): readonly string[] {
  // Most large definitions need not be parsed.
  if (!definition.includes('"sub-flow"')) return [];
  const document = JSON.parse(definition) as Partial<FlowDefinition>;
  const { nodes = [] } = document;
  return subFlowReferences({ ...document, nodes } as FlowDefinition).map((one) => versionKey(one.flowId, one.version));
}
