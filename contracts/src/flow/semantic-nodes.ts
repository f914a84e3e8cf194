import type { FlowDefinition, FlowNode, SubFlowNode } from './document.js';
import { parseDuration } from './duration.js';
import type { SemanticFinding } from './semantic-finding.js';
import { hasTaskType } from './task-types.js';
import { hasExpression } from './template.js';

/** What validation must know of a published version: how deep its own sub-flows nest (`staticNesting`). */
export type PublishedVersion = {
  readonly nesting: number;
};

/** Looks up a published version in the document's tenant and workspace; undefined when there is none. */
export type ResolveSubFlow = (flowId: string, version: number) => PublishedVersion | undefined;

export const DEFAULT_SUB_FLOW_MAX_DEPTH = 10;

/** E006: the task type is in the catalogue. */
export function unknownTaskTypes({ nodes }: FlowDefinition): SemanticFinding[] {
  return nodes.flatMap((node, index) =>
    node.type === 'task' && !hasTaskType(node.taskType)
      ? [
          {
            code: 'FLW-E006' as const,
            nodeId: node.id,
            message: `Unknown task type '${node.taskType}'.`,
            pointer: `/nodes/${index}/taskType`,
          },
        ]
      : [],
  );
}

/** `flowVersion` as a number, undefined when it is no positive integer of at most nine digits. */
export function subFlowVersion(flowVersion: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(flowVersion) ? Number(flowVersion) : undefined;
}

/** The versions a document's sub-flow nodes name, each once; a caller loads them before it validates. */
export function subFlowReferences(definition: FlowDefinition): { readonly flowId: string; readonly version: number }[] {
  const references = definition.nodes.flatMap((node) => {
    const version = node.type === 'sub-flow' ? subFlowVersion(node.flowVersion) : undefined;
    return node.type === 'sub-flow' && version !== undefined ? [{ flowId: node.flowId, version }] : [];
  });
  return [...new Map(references.map((item) => [JSON.stringify([item.flowId, item.version]), item])).values()];
}

/**
 * Levels of sub-flows below a document (flow-language 10.4): 0 without sub-flow nodes. Unresolvable targets count as
 * one.
 */
export function staticNesting(definition: FlowDefinition, resolve: ResolveSubFlow): number {
  return Math.max(
    0,
    ...subFlowReferences(definition).map((item) => 1 + (resolve(item.flowId, item.version)?.nesting ?? 0)),
  );
}

/** E004: the sub-flow's target can be resolved. */
export function badSubFlows(definition: FlowDefinition, resolve: ResolveSubFlow, maxDepth: number): SemanticFinding[] {
  return definition.nodes.flatMap((node, index) => {
    const reason = node.type === 'sub-flow' ? subFlowFault(node, resolve, maxDepth) : undefined;
    return node.type !== 'sub-flow' || reason === undefined
      ? []
      : [
          {
            code: 'FLW-E004' as const,
            nodeId: node.id,
            message: `Sub-flow '${node.flowId}' version '${node.flowVersion}': ${reason}.`,
            pointer: `/nodes/${index}/flowVersion`,
          },
        ];
  });
}

function subFlowFault(node: SubFlowNode, resolve: ResolveSubFlow, maxDepth: number): string | undefined {
  const version = subFlowVersion(node.flowVersion);
  if (version === undefined) {
    return 'flowVersion must be a positive integer';
  }
  const target = resolve(node.flowId, version);
  if (target === undefined) {
    return 'no such published version in this workspace';
  }
  return 1 + target.nesting > maxDepth ? `nesting depth exceeds ${maxDepth}` : undefined;
}

/** E008: every literal duration parses. */
export function badDurations({ nodes }: FlowDefinition): SemanticFinding[] {
  return nodes.flatMap((node, index) =>
    durationsOf(node)
      .filter(({ text }) => parseDuration(text) === undefined)
      .map(({ place, text }) => ({
        code: 'FLW-E008' as const,
        nodeId: node.id,
        message: `/nodes/${index}/${place}: '${text}' is not an ISO-8601 duration, such as PT30S for 30 seconds.`,
        pointer: `/nodes/${index}/${place}`,
      })),
  );
}

function durationsOf(node: FlowNode): { readonly place: string; readonly text: string }[] {
  switch (node.type) {
    case 'wait':
      return hasExpression(node.duration) ? [] : [{ place: 'duration', text: node.duration }];
    case 'approval':
      return present([['timeout', node.timeout]]);
    case 'task':
      return present([
        ['retryPolicy/initialInterval', node.retryPolicy?.initialInterval],
        ['retryPolicy/maximumInterval', node.retryPolicy?.maximumInterval],
        ['retryPolicy/timeouts/startToClose', node.retryPolicy?.timeouts?.startToClose],
        ['retryPolicy/timeouts/scheduleToClose', node.retryPolicy?.timeouts?.scheduleToClose],
        ['retryPolicy/timeouts/heartbeat', node.retryPolicy?.timeouts?.heartbeat],
      ]);
    default:
      return [];
  }
}

function present(members: [string, string | undefined][]): { readonly place: string; readonly text: string }[] {
  return members.flatMap(([place, text]) => (text === undefined ? [] : [{ place, text }]));
}
