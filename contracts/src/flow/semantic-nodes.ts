import type { FlowDefinition, FlowNode, SubFlowNode } from './document.js';
import { parseDuration } from './duration.js';
import type { SemanticFinding } from './semantic-finding.js';
import { runsOfNode, subFlowTotals, subFlowVersion, type ResolveSubFlow } from './sub-flow-totals.js';
import { hasTaskType } from './tasks/catalogue.js';
import { hasExpression } from './template.js';

/** FLOWS_SUBFLOW_MAX_DEPTH and FLOWS_SUBFLOW_MAX_RUNS. */
export type SubFlowBounds = { readonly maxDepth: number; readonly maxRuns: number };
export const DEFAULT_SUB_FLOW_BOUNDS: SubFlowBounds = { maxDepth: 10, maxRuns: 1000 };

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

/** E004: every sub-flow's target can be resolved, and together they do not start too many runs. */
export function badSubFlows(
  definition: FlowDefinition,
  resolve: ResolveSubFlow,
  bounds: SubFlowBounds,
): SemanticFinding[] {
  const faults = definition.nodes.flatMap((node, index) => {
    const reason = node.type === 'sub-flow' ? subFlowFault(node, resolve, bounds.maxDepth) : undefined;
    return node.type !== 'sub-flow' || reason === undefined ? [] : [badSubFlow(node, index, reason)];
  });
  return faults.length > 0 ? faults : tooManyRuns(definition, resolve, bounds.maxRuns);
}

const badSubFlow = (node: SubFlowNode, index: number, reason: string): SemanticFinding => ({
  code: 'FLW-E004',
  nodeId: node.id,
  message: `Sub-flow '${node.flowId}' version '${node.flowVersion}': ${reason}.`,
  pointer: `/nodes/${index}/flowVersion`,
});

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

/** One entry, at the sub-flow that adds most: the first of these. */
function tooManyRuns(definition: FlowDefinition, resolve: ResolveSubFlow, maxRuns: number): SemanticFinding[] {
  const { runs } = subFlowTotals(definition, resolve);
  if (runs <= maxRuns) return [];
  const counts = definition.nodes.map((node) => runsOfNode(node, resolve));
  const most = counts.reduce((best, count, index) => (count > (counts[best] ?? 0) ? index : best), 0);
  const node = definition.nodes[most];
  const reason = `one run could start ${runs} runs of sub-flows, ${counts[most]} of them here; the limit is ${maxRuns}`;
  return node?.type === 'sub-flow' ? [badSubFlow(node, most, reason)] : [];
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
