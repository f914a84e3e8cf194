import type { FlowDefinition } from './document.js';
import { badExpressions } from './semantic-expressions.js';
import type { SemanticError, SemanticFinding } from './semantic-finding.js';
import { cycles, duplicateIds, thinBranches, unknownTargets } from './semantic-graph.js';
import { badDurations, badSubFlows, DEFAULT_SUB_FLOW_BOUNDS, unknownTaskTypes } from './semantic-nodes.js';
import { badTriggers } from './semantic-triggers.js';
import type { ResolveSubFlow } from './sub-flow-totals.js';

export type SemanticOptions = {
  /** Looks up published versions for E004; see `subFlowReferences` for what it will be asked. */
  readonly resolveSubFlow: ResolveSubFlow;
  /** FLOWS_DEV_ECHO_TASKS: unknown task types are accepted (E006 is off). */
  readonly echoTasks?: boolean;
  /** FLOWS_EXPR_MAX_LENGTH in characters, default 4096. */
  readonly exprMaxLength?: number;
  /** FLOWS_CRON_MIN_INTERVAL, default 1000. */
  readonly cronMinIntervalMs?: number;
  /** FLOWS_SUBFLOW_MAX_DEPTH, default 10. */
  readonly subFlowMaxDepth?: number;
  /** FLOWS_SUBFLOW_MAX_RUNS, default 1000. */
  readonly subFlowMaxRuns?: number;
};

/**
 * Semantic validation, FLW-E001 … E009 (flow-language 3), of a structurally valid definition: every error, groups and
 * entries in the order of flow-language 3.1. Empty when the definition may be published. Total: never throws.
 */
export function semanticFindings(definition: FlowDefinition, options: SemanticOptions): SemanticFinding[] {
  const limits = options.exprMaxLength === undefined ? {} : { maxLength: options.exprMaxLength };
  const { maxDepth, maxRuns } = DEFAULT_SUB_FLOW_BOUNDS;
  const subFlowBounds = {
    maxDepth: options.subFlowMaxDepth ?? maxDepth,
    maxRuns: options.subFlowMaxRuns ?? maxRuns,
  };
  return [
    ...duplicateIds(definition),
    ...unknownTargets(definition),
    ...cycles(definition),
    ...thinBranches(definition),
    ...badExpressions(definition, limits),
    ...(options.echoTasks === true ? [] : unknownTaskTypes(definition)),
    ...badSubFlows(definition, options.resolveSubFlow, subFlowBounds),
    ...badDurations(definition),
    ...badTriggers(definition, limits, options.cronMinIntervalMs),
  ];
}

/** `semanticFindings` with exactly the keys of the contract. */
export function validateSemantics(definition: FlowDefinition, options: SemanticOptions): SemanticError[] {
  return semanticFindings(definition, options).map(({ code, nodeId, message }) => ({ code, nodeId, message }));
}
