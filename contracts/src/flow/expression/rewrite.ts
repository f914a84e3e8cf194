import type { Expr } from './syntax.js';
import { ACCUMULATOR } from './syntax.js';

/**
 * Names of the internal functions an expression is rewritten to use. An author cannot write `@`.
 * - `@list()`: a fresh list for an accumulator
 * - `@append(list, element)`: adds to that list in place
 * - `@step(condition)`: counts one iteration against the budget
 * - `@map(literal)`: a map literal whose `in` and `has` also see keys that hold null
 */
export const INTERNAL = { list: '@list', append: '@append', step: '@step', map: '@map' } as const;

/**
 * The syntax tree with bounded and linear comprehensions. The parser expands `map` and `filter` to
 * `accumulator + [element]`; evaluated as it stands this nests one list in the other for every element, costs the
 * square of the length and exhausts the stack from a few thousand elements on.
 */
export function rewrite(expr: Expr): Expr {
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'selectExpr':
      return withKind(expr, {
        case: 'selectExpr',
        value: { ...kind.value, ...optional('operand', kind.value.operand) },
      });
    case 'callExpr':
      return withKind(expr, {
        case: 'callExpr',
        value: { ...kind.value, ...optional('target', kind.value.target), args: kind.value.args.map(rewrite) },
      });
    case 'listExpr':
      return withKind(expr, {
        case: 'listExpr',
        value: { ...kind.value, elements: kind.value.elements.map(rewrite) },
      });
    case 'structExpr':
      return rewriteStruct(expr, kind.value);
    case 'comprehensionExpr':
      return rewriteComprehension(expr, kind.value);
    default:
      return expr;
  }
}

type Kind = Expr['exprKind'];
type ValueOf<Case> = Extract<Kind, { readonly case: Case }>['value'];

function withKind(expr: Expr, exprKind: Kind): Expr {
  return { ...expr, exprKind };
}

function optional<Name extends string>(name: Name, part: Expr | undefined): Partial<Record<Name, Expr>> {
  return part === undefined ? {} : ({ [name]: rewrite(part) } as Record<Name, Expr>);
}

function call(id: bigint, name: string, args: Expr[]): Expr {
  return {
    $typeName: 'cel.expr.Expr',
    id,
    exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } },
  };
}

function rewriteStruct(expr: Expr, struct: ValueOf<'structExpr'>): Expr {
  const entries = struct.entries.map((entry) => ({
    ...entry,
    ...(entry.keyKind.case === 'mapKey'
      ? { keyKind: { case: 'mapKey' as const, value: rewrite(entry.keyKind.value) } }
      : {}),
    ...optional('value', entry.value),
  }));
  const rewritten = withKind(expr, { case: 'structExpr', value: { ...struct, entries } });
  return struct.messageName === '' ? call(expr.id, INTERNAL.map, [rewritten]) : rewritten;
}

function rewriteComprehension(expr: Expr, comprehension: ValueOf<'comprehensionExpr'>): Expr {
  const { loopCondition, loopStep, accuInit } = comprehension;
  const collects = accuInit?.exprKind.case === 'listExpr';
  return withKind(expr, {
    case: 'comprehensionExpr',
    value: {
      ...comprehension,
      ...optional('iterRange', comprehension.iterRange),
      ...(accuInit === undefined ? {} : { accuInit: collects ? call(accuInit.id, INTERNAL.list, []) : accuInit }),
      ...(loopCondition === undefined
        ? {}
        : { loopCondition: call(loopCondition.id, INTERNAL.step, [rewrite(loopCondition)]) }),
      ...(loopStep === undefined ? {} : { loopStep: collects ? appendingStep(loopStep) : rewrite(loopStep) }),
      ...optional('result', comprehension.result),
    },
  });
}

/** `@result + [x]`, alone or as the yes-arm of `test ? … : @result`, becomes `@append(@result, x)`. */
function appendingStep(step: Expr): Expr {
  if (step.exprKind.case !== 'callExpr') {
    return rewrite(step);
  }
  const { function: name, args } = step.exprKind.value;
  const [first, second, third] = args;
  if (name === '_?_:_' && first !== undefined && second !== undefined && third !== undefined) {
    return withKind(step, {
      case: 'callExpr',
      value: { ...step.exprKind.value, args: [rewrite(first), appendingStep(second), third] },
    });
  }
  const element = second?.exprKind.case === 'listExpr' ? second.exprKind.value.elements[0] : undefined;
  if (name === '_+_' && isAccumulator(first) && element !== undefined) {
    return call(step.id, INTERNAL.append, [first, rewrite(element)]);
  }
  return rewrite(step);
}

function isAccumulator(expr: Expr | undefined): expr is Expr {
  return expr?.exprKind.case === 'identExpr' && expr.exprKind.value.name === ACCUMULATOR;
}
