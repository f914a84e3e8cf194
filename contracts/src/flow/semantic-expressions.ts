import { connectionFault } from './connection-references.js';
import type { FlowDefinition, FlowNode } from './document.js';
import type { ExpressionLimits } from './expression/compile.js';
import { compile } from './expression/compile.js';
import type { StaticScope } from './expression/static-check.js';
import { hyphenatedNodeId, hyphenReason, runRoots, staticFault } from './expression/static-check.js';
import { expressionsOf } from './places.js';
import type { SemanticFinding } from './semantic-finding.js';

/** E005: one entry per expression, or name of a connection, that is not acceptable (flow-language 3.3, tasks 9.4). */
export function badExpressions(definition: FlowDefinition, limits: ExpressionLimits): SemanticFinding[] {
  const scope = scopeOf(definition);
  // Parsing is what validation costs; documents repeat their expressions.
  const reasons = new Map<string, string | undefined>();
  const reasonOf = (text: string) => {
    if (!reasons.has(text)) {
      reasons.set(text, expressionFault(text, scope, limits));
    }
    return reasons.get(text);
  };
  return definition.nodes.flatMap((node, index) => {
    const finding = (place: string, reason: string | undefined): SemanticFinding[] => {
      const pointer = `/nodes/${index}${place}`;
      return reason === undefined
        ? []
        : [{ code: 'FLW-E005', nodeId: node.id, message: `${pointer}: ${reason}`, pointer }];
    };
    return [
      ...finding('/input/connection', connectionFault(node)),
      ...expressionsOf(node).flatMap((place) => finding(place.pointer, place.ok ? reasonOf(place.text) : place.reason)),
    ];
  });
}

/**
 * Reason why one expression is refused, undefined when it is acceptable. The check for a hyphenated node id comes
 * before the parse: an id such as `step-2a` makes the text unparsable, and the message must say why.
 */
export function expressionFault(text: string, scope: StaticScope, limits: ExpressionLimits): string | undefined {
  const compiled = compile(text, limits);
  const readable = compiled.ok || !compiled.error.startsWith('cannot parse: longer');
  const hyphenated = readable && scope.nodeIds !== undefined ? hyphenatedNodeId(text, scope.nodeIds) : undefined;
  if (hyphenated !== undefined) {
    return hyphenReason(hyphenated);
  }
  return compiled.ok ? staticFault(compiled.expression, scope) : compiled.error;
}

const NODES_WITH_OUTPUT: ReadonlySet<FlowNode['type']> = new Set(['task', 'approval', 'sub-flow']);

/**
 * Identifiers are decidable only when inputs are declared and no trigger brings its own input (flow-language
 * 3.3(4)).
 */
function scopeOf({ nodes, inputs, triggers }: FlowDefinition): StaticScope {
  const declared = Object.keys(inputs ?? {});
  const openInput = (triggers ?? []).some(({ kind }) => kind !== 'cron');
  const outputs = nodes.filter(({ type }) => NODES_WITH_OUTPUT.has(type)).map(({ id }) => id);
  return {
    nodeIds: new Set(nodes.map(({ id }) => id)),
    roots: declared.length > 0 && !openInput ? runRoots(declared, outputs) : undefined,
  };
}
