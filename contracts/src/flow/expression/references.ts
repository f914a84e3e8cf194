import type { Expr } from './syntax.js';
import { childrenOf, identifierOf, memberAccess, stringConstant } from './syntax.js';

/** What an expression reads of a run, by name. What is asked for first (`has(nodes.a)`, `"a" in nodes`) is not in it. */
export type References = {
  /** `inputs.x`, `inputs["x"]` */
  readonly inputs: ReadonlySet<string>;
  /** `nodes.x`, `nodes["x"]` */
  readonly nodes: ReadonlySet<string>;
  /** Names that stand alone, or begin a chain. */
  readonly roots: ReadonlySet<string>;
};

const NONE: ReadonlySet<string> = new Set();

export function referencesOf(syntax: Expr): References {
  const found = { inputs: new Set<string>(), nodes: new Set<string>(), roots: new Set<string>() };
  const guarded = { inputs: new Set<string>(), nodes: new Set<string>() };
  const pending: { readonly expr: Expr; readonly variables: ReadonlySet<string> }[] = [
    { expr: syntax, variables: NONE },
  ];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { expr, variables } = item;
    const asked = askedFor(expr);
    const access = asked ?? memberAccess(expr);
    const isNamespace = access?.root === 'inputs' || access?.root === 'nodes';
    if (isNamespace && !variables.has(access.root)) {
      (asked === undefined ? found : guarded)[access.root as 'inputs' | 'nodes'].add(access.member);
    }
    const name = identifierOf(expr);
    if (name !== undefined && !variables.has(name)) found.roots.add(name);
    const comprehension = expr.exprKind.case === 'comprehensionExpr' ? expr.exprKind.value : undefined;
    const inner = comprehension === undefined ? variables : new Set([...variables, comprehension.iterVar]);
    for (const child of childrenOf(expr)) {
      pending.push({ expr: child, variables: child === comprehension?.iterRange ? variables : inner });
    }
  }
  return {
    inputs: without(found.inputs, guarded.inputs),
    nodes: without(found.nodes, guarded.nodes),
    roots: found.roots,
  };
}

const without = (names: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...names].filter((name) => !others.has(name)));

/** `has(x.a)` and `"a" in x`. */
function askedFor({ exprKind }: Expr): { readonly root: string; readonly member: string } | undefined {
  if (exprKind.case === 'selectExpr' && exprKind.value.testOnly) {
    const root = identifierOf(exprKind.value.operand);
    return root === undefined ? undefined : { root, member: exprKind.value.field };
  }
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '@in') return undefined;
  const [member, root] = [stringConstant(exprKind.value.args[0]), identifierOf(exprKind.value.args[1])];
  return root === undefined || member === undefined ? undefined : { root, member };
}
