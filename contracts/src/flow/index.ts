export type { Json, JsonObject } from './json.js';
export { isJsonObject } from './json.js';
export * from './labels.js';
export { pointerTo, pointerTokens } from './pointer.js';
export * from './document.js';
export type { StructuralError, StructuralOptions, StructuralResult } from './structural.js';
export { validateStructure } from './structural.js';
export { DEFAULT_MAX_NODES as defaultMaxNodes } from './structural-schema.js';
export type { SemanticCode, SemanticError, SemanticFinding } from './semantic-finding.js';
export type { SemanticOptions } from './semantic.js';
export { hintFor } from './hints.js';
export { semanticFindings, validateSemantics } from './semantic.js';
export type { ConnectionReference } from './connection-references.js';
export { connectionNames, connectionReferences } from './connection-references.js';
export type { ResolveSubFlow, SubFlowReference, SubFlowTotals } from './sub-flow-totals.js';
export { subFlowReferences, subFlowTotals, subFlowVersion } from './sub-flow-totals.js';
export { EVENT_TYPE_PATTERN as eventTypePattern, webhookPath } from './semantic-triggers.js';
export type { TextPosition, YamlError, YamlResult } from './yaml.js';
export { parseFlowYaml } from './yaml.js';
export { hasAliases } from './yaml-bounds.js';
export { compactBytes, hasMoreValues } from './json-size.js';
export { formatDuration, MAX_DURATION_MS as maxDurationMs, parseCatchupWindow, parseDuration } from './duration.js';
export { parseTimestampMs } from './timestamp.js';
export type { CronResult, CronSchedule } from './cron.js';
export { parseCron } from './cron.js';
export type { CronCalendar, CronCalendarField, CronRange } from './cron-calendars.js';
export { calendarsOf } from './cron-calendars.js';
export { boundedCatchupMs } from './cron-catchup.js';
export { firesAt, nextFireTimes } from './cron-times.js';
export type { CanonicalOverlap, EffectiveTriggerOptions } from './trigger-options.js';
export { canonicalOverlap, effectiveTriggerOptions } from './trigger-options.js';
export type { Edge } from './graph.js';
export { adjacency, edgesOf, findCycle } from './graph.js';
export type { TemplatePart } from './template.js';
export { hasExpression, scanTemplate } from './template.js';
export type { ExpressionPlace, TemplatePlace } from './places.js';
export { expressionsOf, templatePlaces } from './places.js';
export type { Warning, WarningCode } from './warnings.js';
export { publishWarnings } from './flow-warnings.js';
export { backendUses, ignoredMembers, misfitInputs, unreachable } from './warnings.js';
export type { CompileResult, Expression, ExpressionLimits } from './expression/compile.js';
export { compile } from './expression/compile.js';
export type { Bindings, Evaluated, EvaluationLimits } from './expression/evaluate.js';
export { evaluate } from './expression/evaluate.js';
export type { ExecutionFacts, RunContext } from './expression/bindings.js';
export { runBindings, triggerBindings } from './expression/bindings.js';
export type { Evaluation, EvaluationFailure, RunLimits } from './evaluation.js';
export {
  evaluateArms,
  evaluateDedupeKey,
  evaluateDuration,
  evaluateFilter,
  evaluateInput,
  evaluateTemplate,
} from './evaluation.js';
export type { InputError } from './inputs.js';
export { applyInputDefaults, checkInputs } from './inputs.js';
export type { TaskType } from './tasks/task-type.js';
export type { Availability, BackendUse, KnownBackends } from './tasks/availability.js';
export { availabilityOf } from './tasks/availability.js';
export { hasTaskType, registerTaskType, taskType, taskTypes } from './tasks/catalogue.js';
export type { ParamsFault } from './tasks/task-params.js';
export { paramsFault } from './tasks/task-params.js';
export { flowSchema } from './editor/flow-schema.js';
