import {
  applyInputDefaults,
  checkInputs,
  type FlowDefinition,
  type InputError,
  type JsonObject,
} from '@flowplane/contracts/flow';

/**
 * The strict check of a start input (flow-language 5.2).
 *
 * @param definition JSON text of the version
 * @param input JSON text of the start input
 */
export function checkStrictInput(definition: string, input: string): readonly InputError[] {
  const declared = JSON.parse(definition) as FlowDefinition;
  return checkInputs(declared, applyInputDefaults(declared, JSON.parse(input) as JsonObject));
}
