import type { CelEnv } from '@bufbuild/cel';
import { parse, plan } from '@bufbuild/cel';
import { ENVIRONMENT } from './environment.js';
import { characterCount, maskLiterals, nestingOf } from './cel-text.js';
import { isInt64, isUint64 } from './conversions.js';
import { rewrite } from './rewrite.js';
import { prepare } from './tokens.js';
import type { Expr } from './syntax.js';
import { childrenOf, heightOf, qualifiedName } from './syntax.js';

/** A compiled expression. Pure and reusable; `evaluate` runs it. */
export type Expression = {
  readonly text: string;
  /** Syntax tree as parsed, macros expanded. */
  readonly syntax: Expr;
  readonly run: ReturnType<typeof plan>;
};

export type CompileResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly error: `cannot parse: ${string}` };

export type ExpressionLimits = {
  /** Longest legal expression in characters (FLOWS_EXPR_MAX_LENGTH, default 4096). */
  readonly maxLength?: number;
};

export const DEFAULT_EXPRESSION_MAX_LENGTH = 4096;

/**
 * Deepest legal nesting of brackets and conditionals, and greatest height of the syntax tree. Parser and evaluator
 * recurse; these bounds keep both far from the end of the smallest usual stack, so that what one process accepts
 * every other one can evaluate.
 */
const MAX_NESTING = 64;
const MAX_HEIGHT = 400;

/**
 * Parses, checks and plans one expression. Refuses with the reason of flow-language 3.3(1): what is not CEL, too long
 * or nested too deeply, or calls a function, method or macro that does not exist. Never throws.
 */
export function compile(text: string, limits: ExpressionLimits = {}, within: CelEnv = ENVIRONMENT): CompileResult {
  const maxLength = limits.maxLength ?? DEFAULT_EXPRESSION_MAX_LENGTH;
  if (text.length > maxLength && characterCount(text) > maxLength) {
    return refuse(`longer than ${maxLength} characters`);
  }
  if (nestingOf(maskLiterals(text)) > MAX_NESTING) {
    return refuse(`nested deeper than ${MAX_NESTING} levels`);
  }
  try {
    const prepared = prepare(text);
    if (!prepared.ok) {
      return refuse(prepared.detail);
    }
    // The parser wants a line break after every comment, CEL does not.
    const syntax = parse(text.includes('//') ? `${prepared.text}\n` : prepared.text).expr;
    prepared.restore(syntax);
    const fault =
      heightOf(syntax) > MAX_HEIGHT ? `nested deeper than ${MAX_HEIGHT} operations` : faultIn(syntax, within);
    return fault === undefined
      ? { ok: true, expression: { text, syntax, run: plan(within, rewrite(syntax)) } }
      : refuse(fault);
  } catch (error) {
    return refuse(detailOf(error, text));
  }
}

function refuse(detail: string): CompileResult {
  return { ok: false, error: `cannot parse: ${detail}` };
}

function detailOf(error: unknown, text: string): string {
  if (error instanceof RangeError) {
    return 'nested too deeply';
  }
  const { found, rawMessage, location } = error as SyntaxFault;
  if (location === undefined) {
    return error instanceof Error ? error.message : 'not an expression';
  }
  const character = text.codePointAt(location.start.offset);
  const unexpected =
    found === '' || character === undefined
      ? 'unexpected end of expression'
      : `unexpected ${JSON.stringify(String.fromCodePoint(character))}`;
  const what = found === undefined ? (rawMessage ?? 'not an expression') : unexpected;
  return `${what} at line ${location.start.line}, column ${location.start.column}`;
}

/** What the library's parse errors carry besides a message that names no place of ours. */
type SyntaxFault = {
  readonly found?: string;
  readonly rawMessage?: string;
  readonly location?: { readonly start: { readonly offset: number; readonly line: number; readonly column: number } };
};

/** First call or literal, in the order of the text, that the grammar allows and the language does not know. */
function faultIn(expr: Expr, within: CelEnv): string | undefined {
  const own = faultOf(expr, within);
  if (own !== undefined) {
    return own;
  }
  for (const child of childrenOf(expr)) {
    const fault = faultIn(child, within);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

const OPERATORS = new Set(['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false']);

function faultOf(expr: Expr, within: CelEnv): string | undefined {
  const kind = expr.exprKind;
  if (kind.case === 'constExpr') {
    const constant = kind.value.constantKind;
    const outOfRange =
      (constant.case === 'int64Value' && !isInt64(constant.value)) ||
      (constant.case === 'uint64Value' && !isUint64(constant.value)) ||
      (constant.case === 'doubleValue' && !Number.isFinite(constant.value));
    return outOfRange ? 'number out of range' : undefined;
  }
  if (kind.case === 'structExpr' && kind.value.messageName !== '') {
    return knowsMessage(within, kind.value.messageName) ? undefined : `unknown type '${kind.value.messageName}'`;
  }
  if (kind.case === 'callExpr' && !OPERATORS.has(kind.value.function)) {
    return callFault(kind.value.function, kind.value.target, within);
  }
  return undefined;
}

/** Message names are looked up in the namespace, then outwards, then as they stand. */
function knowsMessage({ registry, namespace }: CelEnv, written: string): boolean {
  const name = written.replace(/^\./, '');
  const scopes = namespace === '' || name !== written ? [] : namespace.split('.');
  const candidates = [...scopes.keys()].map((depth) => [...scopes.slice(0, depth + 1), name].join('.'));
  return [...candidates, name].some((candidate) => registry.getMessage(candidate) !== undefined);
}

function callFault(name: string, target: Expr | undefined, { funcs }: CelEnv): string | undefined {
  const overloads = [...(funcs.find(name) ?? [])];
  if (target === undefined) {
    return overloads.some((overload) => overload.target === undefined) ? undefined : `unknown function '${name}'`;
  }
  if (overloads.some((overload) => overload.target !== undefined)) {
    return undefined;
  }
  const qualified = qualifiedName(target);
  return qualified !== undefined && funcs.find(`${qualified}.${name}`) !== undefined
    ? undefined
    : `unknown method '${name}'`;
}
