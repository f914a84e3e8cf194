import { ownMember } from '../flow/json.js';
import type { KeptParameter } from './credentials.js';
import { namesIn } from './credentials.js';
import type { TemplateNode, TextMap } from './document.js';
import { refuse } from './errors.js';
import { ECHOES_INPUTS, knownStepType } from './step-types.js';

/**
 * A parameter that ends in a credential may stand nowhere else where it would come out of a step: what steps put out, and
 * ids of resources, are in the history of the engine and in the log (provisioning 17).
 *
 * @throws a refusal, as the other checks of a template
 */
export function checkRevealedParameters(
  nodes: readonly TemplateNode[],
  userParams: TextMap,
  parameters: Readonly<Record<string, KeptParameter>>,
): void {
  const isSecret = (name: string): boolean => typeof ownMember(parameters, name) === 'object';
  for (const { id, type, userInputs } of nodes) {
    const { required, optional, outputs } = knownStepType(type);
    const shown = [...required, ...optional].filter((name) => type === ECHOES_INPUTS || outputs.includes(name));
    const values = shown.map((name) => ownMember(userParams, name) ?? ownMember(userInputs, name) ?? null);
    const revealed = namesIn(values).find(isSecret);
    if (revealed !== undefined) {
      refuse(
        400,
        `Invalid workflow, node [${id}] of type ${type} cannot use the parameter [${revealed}], which ends in a credential`,
      );
    }
  }
}
