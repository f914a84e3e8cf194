import { problem, type Problem } from '@flowplane/contracts';
import {
  applyInputDefaults,
  checkInputs,
  type FlowDefinition,
  type InputDeclaration,
  type JsonObject,
} from '@flowplane/contracts/flow';

/** The inputs that a version declares, as far as the strict check needs them; null: none. */
export type DeclaredInputs = FlowDefinition['inputs'] | null;

const EMPTY = { string: '', number: 0, boolean: false, object: {}, array: [] } as const;

/** @param definition JSON text of the version */
export function declaredInputs(definition: string): DeclaredInputs {
  // Most large definitions need not be parsed.
  if (!definition.includes('"inputs"')) return null;
  const { inputs = {} } = JSON.parse(definition) as FlowDefinition;
  const entries = Object.entries(inputs).map(([name, declaration]) => [name, withoutDefault(declaration)] as const);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Of a default only its type counts: it may be as large as a definition. */
function withoutDefault(declaration: InputDeclaration): InputDeclaration {
  const { type, required = false } = declaration;
  if (declaration.default === undefined) return { type, required };
  const fits = checkInputs({ inputs: { it: { type } } }, { it: declaration.default }).length === 0;
  return { type, required, default: fits ? EMPTY[type] : null };
}

/** FLOWS_STRICT_INPUTS (flow-language 5.2). @param input JSON text of an object */
export function deniedByInputs(inputs: DeclaredInputs, input: string): Problem | undefined {
  if (inputs === null || inputs === undefined) return undefined;
  const errors = checkInputs({ inputs }, applyInputDefaults({ inputs }, JSON.parse(input) as JsonObject));
  return errors.length === 0 ? undefined : problem('INPUT_VALIDATION_FAILED', { errors });
}
