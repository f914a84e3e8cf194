import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';

export type { Expr };

/** Variable of the accumulator in the macros' expansion; no author can write this name. */
export const ACCUMULATOR = '@result';

/** Direct parts of an expression in the order of the text (a macro's range before its body). */
export function childrenOf(expr: Expr): Expr[] {
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'selectExpr':
      return present([kind.value.operand]);
    case 'callExpr':
      return present([kind.value.target, ...kind.value.args]);
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return present(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    case 'identExpr':
    case 'constExpr':
    case undefined:
      return [];
    default:
      return [];
  }
}

function present(parts: (Expr | undefined)[]): Expr[] {
  return parts.filter((part) => part !== undefined);
}

/** Height of the syntax tree, counted level by level so that a deep tree cannot exhaust the stack. */
export function heightOf(expr: Expr): number {
  let height = 0;
  for (let level = [expr]; level.length > 0; level = level.flatMap(childrenOf)) {
    height += 1;
  }
  return height;
}

/** Name of an identifier without the leading dot that forces the root scope. */
export function identifierOf(expr: Expr | undefined): string | undefined {
  return expr?.exprKind.case === 'identExpr' ? expr.exprKind.value.name.replace(/^\./, '') : undefined;
}

/** `a.b.c` for a chain of selections on an identifier; undefined for anything else. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.exprKind.case !== 'selectExpr') {
    return identifierOf(expr);
  }
  const { operand, field, testOnly } = expr.exprKind.value;
  const parent = operand === undefined || testOnly ? undefined : qualifiedName(operand);
  return parent === undefined ? undefined : `${parent}.${field}`;
}

/** The text of a string constant. */
export function stringConstant(expr: Expr | undefined): string | undefined {
  return expr?.exprKind.case === 'constExpr' && expr.exprKind.value.constantKind.case === 'stringValue'
    ? expr.exprKind.value.constantKind.value
    : undefined;
}

/** `x.field` or `x["field"]` on an identifier x. */
export function memberAccess(
  expr: Expr,
): { readonly root: string; readonly member: string; readonly indexed: boolean } | undefined {
  const kind = expr.exprKind;
  if (kind.case === 'selectExpr') {
    const root = identifierOf(kind.value.operand);
    return root === undefined ? undefined : { root, member: kind.value.field, indexed: false };
  }
  if (kind.case === 'callExpr' && kind.value.function === '_[_]') {
    const root = identifierOf(kind.value.args[0]);
    const member = stringConstant(kind.value.args[1]);
    return root === undefined || member === undefined ? undefined : { root, member, indexed: true };
  }
  return undefined;
}
