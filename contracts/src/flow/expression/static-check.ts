import { EXECUTION_FIELDS, NAMESPACES } from './bindings.js';
import { maskLiterals } from './cel-text.js';
import type { Expression } from './compile.js';
import { ENVIRONMENT } from './environment.js';
import type { Expr } from './syntax.js';
import { ACCUMULATOR, childrenOf, identifierOf, memberAccess, qualifiedName } from './syntax.js';

/** What a document tells about the identifiers of its expressions. */
export type StaticScope = {
  /** Ids of all nodes; undefined where `nodes` and `execution` do not exist (trigger expressions). */
  readonly nodeIds: ReadonlySet<string> | undefined;
  /** Names that may stand alone; undefined where that cannot be decided. */
  readonly roots: ReadonlySet<string> | undefined;
};

/** Names of CEL's types; the dotted ones (`google.protobuf.Timestamp`) are found in the registry. */
const TYPE_NAMES = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);

/**
 * Reason of flow-language 3.3(2): the text holds, in root position and outside literals, exactly the id of a node that
 * has a hyphen. Works on the text, since such a text may well be a subtraction, or not parse at all.
 */
export function hyphenatedNodeId(text: string, nodeIds: ReadonlySet<string>): string | undefined {
  const masked = maskLiterals(text);
  for (const { 0: word, index } of masked.matchAll(/[\p{L}\p{N}_-]+/gu)) {
    if (word.includes('-') && /[\p{L}\p{N}_]/u.test(word) && nodeIds.has(word)) {
      const selected = masked.slice(0, index).trimEnd().endsWith('.');
      if (!selected) {
        return word;
      }
    }
  }
  return undefined;
}

/** A node id as the text of flow-language 3.3(2). */
export function hyphenReason(nodeId: string): string {
  return `'${nodeId}' is a node id; write nodes["${nodeId}"]`;
}

/** First reason of flow-language 3.3(3), then 3.3(4), in the order of the text; undefined when there is none. */
export function staticFault(expression: Expression, scope: StaticScope): string | undefined {
  const { nodeIds, roots } = scope;
  return (
    (nodeIds === undefined ? undefined : find(expression.syntax, NO_VARIABLES, memberFault(nodeIds))) ??
    (roots === undefined ? undefined : find(expression.syntax, NO_VARIABLES, identifierFault(roots)))
  );
}

type Check = (expr: Expr, variables: ReadonlySet<string>) => { readonly fault?: string; readonly done?: boolean };

const NO_VARIABLES: ReadonlySet<string> = new Set();

/** Walks the tree with the comprehension variables in scope; the first fault ends the walk. */
function find(expr: Expr, variables: ReadonlySet<string>, check: Check): string | undefined {
  const { fault, done } = check(expr, variables);
  if (fault !== undefined || done === true) {
    return fault;
  }
  const comprehension = expr.exprKind.case === 'comprehensionExpr' ? expr.exprKind.value : undefined;
  const inner = comprehension === undefined ? variables : new Set([...variables, comprehension.iterVar]);
  for (const child of childrenOf(expr)) {
    const found = find(child, child === comprehension?.iterRange ? variables : inner, check);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function memberFault(nodeIds: ReadonlySet<string>): Check {
  return (expr, variables) => {
    const access = memberAccess(expr);
    if (access === undefined || variables.has(access.root)) {
      return {};
    }
    if (access.root === 'nodes' && !nodeIds.has(access.member)) {
      return { fault: `unknown node '${access.member}'` };
    }
    const knownField = EXECUTION_FIELDS.some((field) => field === access.member);
    return access.root === 'execution' && !access.indexed && !knownField
      ? { fault: `unknown field '${access.member}'` }
      : {};
  };
}

function identifierFault(roots: ReadonlySet<string>): Check {
  return (expr, variables) => {
    const qualified = expr.exprKind.case === 'selectExpr' ? qualifiedName(expr) : undefined;
    if (qualified !== undefined && ENVIRONMENT.registry.getMessage(qualified) !== undefined) {
      return { done: true };
    }
    const name = identifierOf(expr);
    const known =
      name === undefined || name === ACCUMULATOR || variables.has(name) || roots.has(name) || TYPE_NAMES.has(name);
    return known ? {} : { fault: `unknown identifier '${name}'` };
  };
}

/** Known roots of a run's expressions: its namespaces, declared inputs and nodes that have an output. */
export function runRoots(inputs: Iterable<string>, outputNodeIds: Iterable<string>): Set<string> {
  return new Set([...NAMESPACES, ...inputs, ...outputNodeIds]);
}
