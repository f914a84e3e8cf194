import { beginningOf } from '../../json/beginning-of.js';
import type { CelInput, CelValue } from '@bufbuild/cel';
import { isCelError } from '@bufbuild/cel';
import type { Json } from '../json.js';
import { withBudgets } from './environment.js';
import type { Expression } from './compile.js';
import type { Expr } from './syntax.js';
import { childrenOf, identifierOf } from './syntax.js';
import { jsonFromCel, MAX_RESULT_BYTES } from './values.js';

/** Variables of one evaluation; made by `runBindings` or `triggerBindings`. */
export type Bindings = Readonly<Record<string, CelInput>>;

export type Evaluated<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

export type EvaluationLimits = {
  /** Largest result in bytes of compact JSON, default 2,097,152. */
  readonly maxResultBytes?: number;
};

const MAX_REASON_LENGTH = 500;

/** Evaluates to a CEL value. Every failure is a result with its reason; never throws. */
export function evaluateToCel(expression: Expression, bindings: Bindings): Evaluated<CelValue> {
  try {
    const { result, exhausted } = withBudgets(() => expression.run(bindings));
    if (exhausted !== undefined) {
      return failed(exhausted);
    }
    return isCelError(result) ? failed(reasonOf(result, expression.syntax)) : { ok: true, value: result };
  } catch (error) {
    return failed(textOf(error));
  }
}

/** Evaluates to JSON (flow-language 6.2). A result that has no JSON form, or is too large, is a failure. */
export function evaluate(expression: Expression, bindings: Bindings, limits: EvaluationLimits = {}): Evaluated<Json> {
  const evaluated = evaluateToCel(expression, bindings);
  if (!evaluated.ok) {
    return evaluated;
  }
  try {
    return { ok: true, value: jsonFromCel(evaluated.value, limits.maxResultBytes ?? MAX_RESULT_BYTES) };
  } catch (error) {
    return failed(textOf(error));
  }
}

function failed(reason: string): { readonly ok: false; readonly reason: string } {
  return {
    ok: false,
    reason: reason.length > MAX_REASON_LENGTH ? `${beginningOf(reason, MAX_REASON_LENGTH)}…` : reason,
  };
}

function textOf(error: unknown): string {
  if (error instanceof RangeError) {
    return 'the expression nests too deeply or is too large';
  }
  return error instanceof Error ? error.message : 'evaluation failed';
}

/** The library says only that something is unresolved; the author needs the name. */
function reasonOf(error: { readonly message: string; readonly exprId: bigint | undefined }, syntax: Expr): string {
  const name = error.message === 'unresolved attribute' ? nameById(syntax, error.exprId) : undefined;
  return name === undefined ? error.message : `unknown identifier '${name}'`;
}

function nameById(expr: Expr, id: bigint | undefined): string | undefined {
  if (expr.id === id) {
    return identifierOf(expr);
  }
  for (const child of childrenOf(expr)) {
    const name = nameById(child, id);
    if (name !== undefined) {
      return name;
    }
  }
  return undefined;
}
