import { isJsonObject, parseFlowYaml, validateStructure, type Json } from '@flowplane/contracts/flow';
import { problem, type Problem } from '@flowplane/contracts';

/** Operator settings that decide what a definition may be. */
export type DefinitionRules = {
  readonly echoTasks: boolean;
  readonly strictInputs: boolean;
  readonly maxNodes: number;
  readonly maxDefinitionBytes: number;
  readonly exprMaxLength: number;
  readonly subFlowMaxDepth: number;
};

/**
 * A definition as a create or patch carries it. `definition` is compact JSON text; null: none was given. A faulty one
 * is not carried, only the verdict on it.
 */
export type CarriedDefinition = {
  readonly definition: string | null;
  readonly definitionYaml: string | null;
  readonly verdict: Problem | null;
};

const NONE: CarriedDefinition = { definition: null, definitionYaml: null, verdict: null };

/** Reads `definition` (an object wins) or `definition_yaml` of a body, under any of their spellings. */
export function readDefinition(body: Readonly<Record<string, unknown>>, rules: DefinitionRules): CarriedDefinition {
  const document = body['definition'] ?? body['definition_json'] ?? body['definitionJson'];
  if (document !== undefined && document !== null) return fromDocument(document as Json, null, rules);
  const yaml = body['definition_yaml'] ?? body['definitionYaml'];
  if (yaml === undefined || yaml === null) return NONE;
  if (typeof yaml !== 'string') {
    return { ...NONE, verdict: problem('INVALID_YAML', { message: 'definition_yaml must be a string.' }) };
  }
  const parsed = parseFlowYaml(yaml);
  if (!parsed.ok) return { ...NONE, verdict: problem('INVALID_YAML', { message: parsed.error.message }) };
  return fromDocument(parsed.definition, yaml, rules);
}

function fromDocument(document: Json, yaml: string | null, rules: DefinitionRules): CarriedDefinition {
  // `{}` is an empty draft: it leaves a stored one unchanged.
  if (isJsonObject(document) && Object.keys(document).length === 0) return NONE;
  const structure = validateStructure(document, { maxNodes: rules.maxNodes });
  if (!structure.ok) {
    return { ...NONE, verdict: problem('FLOW_DEFINITION_INVALID', { errors: structure.errors }) };
  }
  return { definition: JSON.stringify(document), definitionYaml: yaml, verdict: null };
}
