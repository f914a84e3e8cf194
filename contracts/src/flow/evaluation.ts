import { isUnkeepable } from '../json/unkeepable-text.js';
import type { BranchNode, SubFlowNode, TaskNode, WaitNode } from './document.js';
import { MAX_DURATION_MS, parseDuration } from './duration.js';
import { characterCount } from './expression/cel-text.js';
import type { RunContext } from './expression/bindings.js';
import { runBindings, triggerBindings } from './expression/bindings.js';
import type { Expression, ExpressionLimits } from './expression/compile.js';
import { compile } from './expression/compile.js';
import type { Bindings, Evaluated, EvaluationLimits } from './expression/evaluate.js';
import { evaluate, evaluateToCel } from './expression/evaluate.js';
import { durationMsOf } from './expression/values.js';
import type { Json, JsonObject } from './json.js';
import { isJsonObject, setOwn, utf8Bytes } from './json.js';
import { pointerTo } from './pointer.js';
import { scanTemplate } from './template.js';

/** Failure of a run caused by an expression; `code` is the run's failure code. */
export type EvaluationFailure = {
  readonly ok: false;
  readonly code: 'InvalidExpression' | 'InvalidDuration' | 'PAYLOAD_TOO_LARGE';
  readonly reason: string;
};

export type Evaluation<Value> = ({ readonly ok: true } & Value) | EvaluationFailure;

export type RunLimits = ExpressionLimits &
  EvaluationLimits & {
    /** Largest evaluated input in bytes of compact JSON (FLOWS_MAX_TASK_IO_BYTES, default 2,097,152). */
    readonly maxInputBytes?: number;
  };

const DEFAULT_MAX_INPUT_BYTES = 2_097_152;

/** Compiled expressions by text: runs of one flow evaluate the same few texts again and again. */
const COMPILED_TEXTS = new Map<string, Expression>();
const MAX_COMPILED_TEXTS = 500;

function compiled(text: string, limits: ExpressionLimits): Evaluated<Expression> {
  const key = `${limits.maxLength ?? ''} ${text}`;
  const known = COMPILED_TEXTS.get(key);
  if (known !== undefined) {
    return { ok: true, value: known };
  }
  const result = compile(text, limits);
  if (!result.ok) {
    return { ok: false, reason: result.error };
  }
  if (COMPILED_TEXTS.size >= MAX_COMPILED_TEXTS) {
    COMPILED_TEXTS.clear();
  }
  COMPILED_TEXTS.set(key, result.expression);
  return { ok: true, value: result.expression };
}

function run(text: string, bindings: Bindings, limits: RunLimits): Evaluated<Json> {
  const expression = compiled(text, limits);
  return expression.ok ? evaluate(expression.value, bindings, limits) : expression;
}

/**
 * Evaluates a branch's arms in order up to the deciding one (flow-language 4.1). `arm` is its index, or null when no
 * arm is true. An arm that yields no bool, or fails, is `InvalidExpression`; later arms are not evaluated.
 */
export function evaluateArms(
  node: Pick<BranchNode, 'arms'>,
  context: RunContext,
  limits: RunLimits = {},
): Evaluation<{ readonly arm: number | null }> {
  const bindings = runBindings(context);
  for (const [index, { when }] of node.arms.entries()) {
    const expression = compiled(when, limits);
    const evaluated = expression.ok ? evaluateToCel(expression.value, bindings) : expression;
    if (!evaluated.ok) {
      return invalid(`/arms/${index}/when: ${evaluated.reason}`);
    }
    if (typeof evaluated.value !== 'boolean') {
      return invalid(`/arms/${index}/when: must yield bool`);
    }
    if (evaluated.value) {
      return { ok: true, arm: index };
    }
  }
  return { ok: true, arm: null };
}

/** Evaluates every templated string of a task's or sub-flow's `input`; `{}` when the node has none. */
export function evaluateInput(
  node: Pick<TaskNode | SubFlowNode, 'input'>,
  context: RunContext,
  limits: RunLimits = {},
): Evaluation<{ readonly input: JsonObject }> {
  const bindings = runBindings(context);
  const budget = new ByteBudget(limits.maxInputBytes ?? DEFAULT_MAX_INPUT_BYTES);
  try {
    const input = evaluateTree(node.input ?? {}, '/input', bindings, limits, budget);
    return { ok: true, input: input as JsonObject };
  } catch (error) {
    if (error instanceof Failed) {
      return { ok: false, code: error.code, reason: error.message };
    }
    if (error instanceof RangeError) {
      return invalid('/input nests too deeply');
    }
    throw error;
  }
}

/** Evaluates `wait.duration` to whole milliseconds: an ISO-8601 text or a CEL duration (flow-language 9.1). */
export function evaluateDuration(
  node: Pick<WaitNode, 'duration'>,
  context: RunContext,
  limits: RunLimits = {},
): Evaluation<{ readonly durationMs: number }> {
  const bindings = runBindings(context);
  const [only, ...others] = scanTemplate(node.duration);
  let durationMs: number | undefined;
  if (only?.kind === 'expression' && others.length === 0) {
    const expression = compiled(only.text, limits);
    const evaluated = expression.ok ? evaluateToCel(expression.value, bindings) : expression;
    if (!evaluated.ok) {
      return invalid(`/duration: ${evaluated.reason}`);
    }
    durationMs = typeof evaluated.value === 'string' ? parseDuration(evaluated.value) : durationMsOf(evaluated.value);
  } else {
    const text = evaluateTemplate(node.duration, bindings, limits);
    if (!text.ok) {
      return invalid(`/duration: ${text.reason}`);
    }
    durationMs = typeof text.value === 'string' ? parseDuration(text.value) : undefined;
  }
  return durationMs !== undefined && durationMs >= 0 && durationMs <= MAX_DURATION_MS
    ? { ok: true, durationMs }
    : { ok: false, code: 'InvalidDuration', reason: '/duration: the value is not a legal duration' };
}

/**
 * Evaluates one templated string (flow-language 7.2): a string that is exactly one expression becomes its result, type
 * kept; otherwise the results are inserted as text.
 */
export function evaluateTemplate(template: string, bindings: Bindings, limits: RunLimits = {}): Evaluated<Json> {
  const parts = scanTemplate(template);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'expression') {
    return run(only.text, bindings, limits);
  }
  let text = '';
  for (const part of parts) {
    if (part.kind === 'fault') {
      return { ok: false, reason: `cannot parse: ${part.reason}` };
    }
    const value: Evaluated<Json> =
      part.kind === 'text' ? { ok: true, value: part.text } : run(part.text, bindings, limits);
    if (!value.ok) {
      return value;
    }
    text += insertedText(value.value);
  }
  return { ok: true, value: text };
}

function insertedText(value: Json): string {
  if (typeof value === 'string') {
    return value;
  }
  return value === null ? '' : JSON.stringify(value);
}

/** A trigger's `filter` (flow-language 3.5): bool or a failure. */
export function evaluateFilter(
  filter: string,
  event: JsonObject,
  headers: Readonly<Record<string, string>>,
  limits: RunLimits = {},
): Evaluated<boolean> {
  const result = run(filter, triggerBindings(event, headers), limits);
  if (!result.ok) {
    return result;
  }
  return typeof result.value === 'boolean'
    ? { ok: true, value: result.value }
    : { ok: false, reason: 'filter must yield bool' };
}

/** A trigger's `dedupeKey` (flow-language 3.5): a string of 1 to 200 characters or a failure. */
export function evaluateDedupeKey(
  dedupeKey: string,
  event: JsonObject,
  headers: Readonly<Record<string, string>>,
  limits: RunLimits = {},
): Evaluated<string> {
  const result = run(dedupeKey, triggerBindings(event, headers), limits);
  if (!result.ok) {
    return result;
  }
  if (typeof result.value !== 'string' || result.value === '' || characterCount(result.value) > 200) {
    return { ok: false, reason: 'dedupeKey must yield a string of 1 to 200 characters' };
  }
  return isUnkeepable(result.value)
    ? { ok: false, reason: 'dedupeKey yields a NUL or half of a surrogate pair, which cannot be kept' }
    : { ok: true, value: result.value };
}

class Failed extends Error {
  constructor(
    readonly code: EvaluationFailure['code'],
    message: string,
  ) {
    super(message);
  }
}

/** Stops an input that grows without bound while it is still being built. */
class ByteBudget {
  constructor(private remaining: number) {}

  spend(value: Json, pointer: string): void {
    this.remaining -= utf8Bytes(JSON.stringify(value));
    if (this.remaining < 0) {
      throw new Failed('PAYLOAD_TOO_LARGE', `${pointer}: the evaluated input is too large`);
    }
  }
}

function evaluateTree(value: Json, pointer: string, bindings: Bindings, limits: RunLimits, budget: ByteBudget): Json {
  if (typeof value === 'string') {
    const result = value.includes('${{') ? evaluateTemplate(value, bindings, limits) : { ok: true as const, value };
    if (!result.ok) {
      throw new Failed('InvalidExpression', `${pointer}: ${result.reason}`);
    }
    budget.spend(result.value, pointer);
    return result.value;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => evaluateTree(item, `${pointer}/${index}`, bindings, limits, budget));
  }
  if (isJsonObject(value)) {
    const evaluated: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      budget.spend(key, pointer);
      setOwn(evaluated, key, evaluateTree(member, pointerTo(pointer, key), bindings, limits, budget));
    }
    return evaluated;
  }
  return value;
}

function invalid(reason: string): EvaluationFailure {
  return { ok: false, code: 'InvalidExpression', reason };
}
