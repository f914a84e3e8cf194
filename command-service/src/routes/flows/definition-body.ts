import {
  compactBytes,
  hasAliases,
  hasMoreValues,
  isJsonObject,
  parseFlowYaml,
  validateStructure,
  type Json,
  type StructuralError,
  type TextPosition,
} from '@flowplane/contracts/flow';
import { problem, PROBLEMS, unkeepableTextIn, type Problem } from '@flowplane/contracts';
import { listedErrors } from './listed-errors.js';
import type { Locate } from './yaml-places.js';

/** Operator settings that decide what a definition may be. */
export type DefinitionRules = {
  readonly echoTasks: boolean;
  readonly strictInputs: boolean;
  readonly maxNodes: number;
  readonly maxTriggers: number;
  readonly cronMinIntervalMs: number;
  readonly maxDefinitionBytes: number;
  /** Largest draft, as compact JSON. */
  readonly maxBodyBytes: number;
  /** Most members and items of a document in YAML; one in JSON is part of a body that is bounded in the same way. */
  readonly maxJsonValues: number;
  readonly exprMaxLength: number;
  readonly subFlowMaxDepth: number;
  readonly subFlowMaxRuns: number;
};

/**
 * A definition as a create or patch carries it. `definition` is compact JSON text; null: none was given. A faulty one
 * is not carried, only the verdict on it.
 */
export type CarriedDefinition = {
  readonly definition: string | null;
  readonly definitionYaml: string | null;
  /** What the document is called in itself; null where it has no `name` that is a text. */
  readonly name: string | null;
  readonly verdict: Problem | null;
};

const NONE: CarriedDefinition = { definition: null, definitionYaml: null, name: null, verdict: null };

type Body = Readonly<Record<string, unknown>>;

const documentIn = (body: Body): unknown => body['definition'] ?? body['definition_json'] ?? body['definitionJson'];
/** Only where there is no document: an object wins. */
const yamlIn = (body: Body): unknown => body['definition_yaml'] ?? body['definitionYaml'];

/** Whether what a body carries may be much larger than the body. */
export const mayExpand = (body: Body): boolean => {
  const yaml = yamlIn(body);
  return (documentIn(body) ?? null) === null && typeof yaml === 'string' && hasAliases(yaml);
};

/** Reads `definition` (an object wins) or `definition_yaml` of a body, under any of their spellings. */
export function readDefinition(body: Body, rules: DefinitionRules): CarriedDefinition {
  const document = documentIn(body);
  if (document !== undefined && document !== null) return fromDocument(document as Json, null, rules);
  const yaml = yamlIn(body);
  if (yaml === undefined || yaml === null) return NONE;
  if (typeof yaml !== 'string') {
    return { ...NONE, verdict: problem('INVALID_YAML', { message: 'definition_yaml must be a string.' }) };
  }
  const parsed = parseFlowYaml(yaml);
  if (!parsed.ok) {
    const { line, column, message } = parsed.error;
    const details = { message: `Line ${line}, column ${column}: ${message}`, errors: [{ line, column, message }] };
    return { ...NONE, verdict: problem('INVALID_YAML', details) };
  }
  return fromDocument(parsed.definition, { text: yaml, locate: parsed.locate }, rules);
}

/** The text of a document in JSON has been looked through with the rest of the body. */
const unkeepable = (pointer: string, { line, column }: TextPosition): Problem =>
  problem('INVALID_TEXT', {
    message: `Line ${line}, column ${column}: the text at ${JSON.stringify(pointer)} holds a NUL or half of a surrogate pair.`,
  });

type Source = { readonly text: string; readonly locate: Locate };

function fromDocument(document: Json, yaml: Source | null, rules: DefinitionRules): CarriedDefinition {
  // `{}` is an empty draft: it leaves a stored one unchanged.
  if (isJsonObject(document) && Object.keys(document).length === 0) return NONE;
  // Before anything walks it or writes it: aliases multiply, and a number may be longer than it was written.
  if (compactBytes(document, rules.maxBodyBytes) === undefined) {
    const message = `The definition is larger than ${rules.maxBodyBytes} bytes as compact JSON.`;
    return { ...NONE, verdict: problem('DEFINITION_TOO_LARGE', { message }) };
  }
  if (yaml !== null && hasMoreValues(document, rules.maxJsonValues)) {
    const message = `The definition has more than ${rules.maxJsonValues} values: members and items, its aliases expanded.`;
    return { ...NONE, verdict: problem('DEFINITION_TOO_LARGE', { message }) };
  }
  const pointer = yaml === null ? undefined : unkeepableTextIn(document);
  if (yaml !== null && pointer !== undefined) return { ...NONE, verdict: unkeepable(pointer, yaml.locate(pointer)) };
  const name = isJsonObject(document) && typeof document['name'] === 'string' ? document['name'] : null;
  const structure = validateStructure(document, { maxNodes: rules.maxNodes, maxTriggers: rules.maxTriggers });
  if (!structure.ok) {
    return { ...NONE, name, verdict: shapeVerdict(structure.errors, document, yaml?.locate) };
  }
  return { definition: JSON.stringify(document), definitionYaml: yaml?.text ?? null, name, verdict: null };
}

/** The refusal of a document that has not the shape of a flow. */
export function shapeVerdict(errors: readonly StructuralError[], document: Json, locate: Locate | undefined): Problem {
  const found = errors.map((error) => ({ error, pointer: error.path }));
  const listed = listedErrors(found, document, locate);
  const message = `${PROBLEMS.FLOW_DEFINITION_INVALID.message}${listed.said}`;
  return problem('FLOW_DEFINITION_INVALID', { errors: listed.errors, message });
}
