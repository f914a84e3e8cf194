import { problem, PROBLEMS, type Problem } from '@flowplane/contracts';
import {
  publishWarnings,
  semanticFindings,
  subFlowReferences,
  subFlowTotals,
  validateStructure,
  type FlowDefinition,
  type Json,
  type KnownBackends,
  type ResolveSubFlow,
  type SemanticFinding,
  type SubFlowReference,
  type SubFlowTotals,
  type Warning,
} from '@flowplane/contracts/flow';
import {
  shapeVerdict,
  mayExpand,
  readDefinition,
  type CarriedDefinition,
  type DefinitionRules,
} from './definition-body.js';
import { listedErrors } from './listed-errors.js';
import { locateIn } from './yaml-places.js';

/** What known versions start; versions that do not exist are not in it. */
export type KnownVersions = readonly (SubFlowReference & SubFlowTotals)[];

type Body = Readonly<Record<string, unknown>>;

/** Work on one document: plain data both ways, so that it can be done in another thread. Documents are JSON text. */
export type DefinitionCheck =
  /** A request's body, known to be a JSON object. `members`: what the text reads as, where it has been read already. */
  | { readonly kind: 'body'; readonly text: string; readonly members?: Body }
  | { readonly kind: 'draft-structure'; readonly text: string; readonly yaml?: string | null }
  | { readonly kind: 'version-references'; readonly text: string }
  /** A definition that may be published. */
  | { readonly kind: 'warnings'; readonly text: string; readonly backends: KnownBackends }
  | { readonly kind: 'version-totals'; readonly text: string; readonly known: KnownVersions }
  /** A draft whose structure is known to be right. */
  | {
      readonly kind: 'draft-meaning';
      readonly text: string;
      readonly yaml?: string | null;
      readonly known: KnownVersions;
    };

/** Text that a check has to go through, in UTF-16 units. */
export const lengthOf = (check: DefinitionCheck): number =>
  check.text.length + ('yaml' in check ? (check.yaml?.length ?? 0) : 0);

/** Whether the time that a check takes is bounded by its length. Only for small ones: it reads them. */
export const isBoundedByLength = (check: DefinitionCheck): boolean =>
  check.kind !== 'body' || !mayExpand(documentOf(check) as Body);

/** A document is read once, in the thread that checks it at least. */
const documentOf = (check: DefinitionCheck): unknown =>
  (check.kind === 'body' ? check.members : undefined) ?? JSON.parse(check.text);

/** As it goes to another thread, which reads the text itself. */
export const asMessage = (check: DefinitionCheck): DefinitionCheck =>
  check.kind === 'body' ? { kind: check.kind, text: check.text } : check;

type Structure =
  | { readonly verdict: Problem; readonly references: null }
  | { readonly verdict: null; readonly references: readonly SubFlowReference[] };

type Found = {
  readonly body: CarriedDefinition;
  readonly 'draft-structure': Structure;
  readonly 'version-references': readonly SubFlowReference[];
  readonly 'version-totals': SubFlowTotals;
  /** 422, or null when nothing is wrong. */
  readonly 'draft-meaning': Problem | null;
  readonly warnings: readonly Warning[];
};
export type FoundBy<K extends DefinitionCheck['kind']> = Found[K];

/** Does a check in the thread it is called in. Takes up to seconds per megabyte, and more on a hostile document. */
export function checkDefinition<K extends DefinitionCheck['kind']>(
  check: DefinitionCheck & { readonly kind: K },
  rules: DefinitionRules,
): FoundBy<K> {
  return found(check, rules) as FoundBy<K>;
}

function found(check: DefinitionCheck, rules: DefinitionRules): Found[DefinitionCheck['kind']] {
  const document = documentOf(check);
  switch (check.kind) {
    case 'body':
      return readDefinition(document as Body, rules);
    case 'draft-structure':
      return structureOf(document as Json, check, rules);
    case 'version-references':
      return subFlowReferences(document as FlowDefinition);
    case 'version-totals':
      return subFlowTotals(document as FlowDefinition, resolverOf(check.known));
    case 'warnings':
      return publishWarnings(document as FlowDefinition, check.backends);
    case 'draft-meaning': {
      const { echoTasks, exprMaxLength, cronMinIntervalMs, subFlowMaxDepth, subFlowMaxRuns } = rules;
      const options = {
        resolveSubFlow: resolverOf(check.known),
        echoTasks,
        exprMaxLength,
        cronMinIntervalMs,
        subFlowMaxDepth,
        subFlowMaxRuns,
      };
      const findings = semanticFindings(document as FlowDefinition, options);
      return findings.length === 0 ? null : meaningVerdict(findings, document as Json, check.yaml);
    }
  }
}

function meaningVerdict(
  findings: readonly SemanticFinding[],
  document: Json,
  yaml: string | null | undefined,
): Problem {
  const found = findings.map(({ code, nodeId, message, pointer }) => ({ error: { code, nodeId, message }, pointer }));
  const { errors, said } = listedErrors(found, document, locateIn(yaml));
  return problem('FLOW_VALIDATION_FAILED', { errors, message: `${PROBLEMS.FLOW_VALIDATION_FAILED.message}${said}` });
}

function structureOf(
  document: Json,
  { text, yaml }: { readonly text: string; readonly yaml?: string | null },
  rules: DefinitionRules,
): Structure {
  const structure = validateStructure(document, { maxNodes: rules.maxNodes, maxTriggers: rules.maxTriggers });
  if (!structure.ok) {
    return { verdict: shapeVerdict(structure.errors, document, locateIn(yaml)), references: null };
  }
  if (Buffer.byteLength(text) > rules.maxDefinitionBytes)
    return { verdict: problem('DEFINITION_TOO_LARGE'), references: null };
  return { verdict: null, references: subFlowReferences(structure.definition) };
}

function resolverOf(known: KnownVersions): ResolveSubFlow {
  const byKey = new Map(known.map((version) => [versionKey(version), version]));
  return (flowId, version) => byKey.get(versionKey({ flowId, version }));
}

export const versionKey = ({ flowId, version }: SubFlowReference): string => `${flowId}\n${version}`;
