import {
  isJsonObject,
  parseFlowYaml,
  validateStructure,
  type Json,
  type TextPosition,
} from '@flowplane/contracts/flow';
import { problem, PROBLEMS, unkeepableTextIn, type Problem } from '@flowplane/contracts';
import { placesOf } from './yaml-places.js';

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
  if (!parsed.ok) {
    const { line, column, message } = parsed.error;
    return { ...NONE, verdict: problem('INVALID_YAML', { message: `Line ${line}, column ${column}: ${message}` }) };
  }
  const pointer = unkeepableTextIn(parsed.definition);
  if (pointer !== undefined) return { ...NONE, verdict: unkeepable(pointer, parsed.locate(pointer)) };
  return fromDocument(parsed.definition, { text: yaml, locate: parsed.locate }, rules);
}

/** The text of a document in JSON has been looked through with the rest of the body. */
const unkeepable = (pointer: string, { line, column }: TextPosition): Problem =>
  problem('INVALID_TEXT', {
    message: `Line ${line}, column ${column}: the text at ${JSON.stringify(pointer)} holds a NUL or half of a surrogate pair.`,
  });

type Source = { readonly text: string; readonly locate: Parameters<typeof placesOf>[0] };

function fromDocument(document: Json, yaml: Source | null, rules: DefinitionRules): CarriedDefinition {
  // `{}` is an empty draft: it leaves a stored one unchanged.
  if (isJsonObject(document) && Object.keys(document).length === 0) return NONE;
  const structure = validateStructure(document, { maxNodes: rules.maxNodes });
  if (!structure.ok) {
    const { errors } = structure;
    const places =
      yaml === null
        ? ''
        : placesOf(
            yaml.locate,
            errors.map(({ path }) => path),
          );
    const message = `${PROBLEMS.FLOW_DEFINITION_INVALID.message}${places}`;
    return { ...NONE, verdict: problem('FLOW_DEFINITION_INVALID', { errors, message }) };
  }
  return { definition: JSON.stringify(document), definitionYaml: yaml?.text ?? null, verdict: null };
}
