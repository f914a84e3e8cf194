import type { Json, JsonObject } from '@flowplane/contracts';
import { ask, askToRemove } from '../opensearch/ask.js';
import { segment } from '../opensearch/names.js';
import { inputsSchema, TEXT } from '../schemas.js';
import { NOTHING, type ProvisioningStep, type StepCall } from '../step.js';
import { backendFailure } from '../step-failure.js';
import { textInput } from '../inputs.js';

/** Path of an endpoint of ML Commons. */
export const mlPath = (rest: string): string => `/_plugins/_ml/${rest}`;

/** What every create carries (provisioning 10), so that it is seen who made it. */
export const provenance = (tenantId: string | undefined): JsonObject => ({
  provisioned_by: 'flow-framework',
  ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
});

/** A create of ML Commons. @returns its answer @throws StepFailure, also when the answer has no text `idMember` */
export async function mlCreate(
  call: StepCall,
  request: {
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body: JsonObject;
    readonly idMember: string;
    readonly failure: string;
  },
): Promise<{ readonly id: string; readonly answer: JsonObject }> {
  const { path, idMember, body, ...rest } = request;
  const sent: Json = { ...body, ...provenance(call.tenantId) };
  const answer = await ask(call, { method: 'POST', path: mlPath(path), body: sent, ...rest });
  const id = answer[idMember];
  if (typeof id !== 'string' || id === '') {
    throw backendFailure(request.failure, 500, { isOutcomeUnknown: true });
  }
  return { id, answer };
}

/** A step that removes one thing of ML Commons. What is not there counts as removed. */
export function mlRemoval(what: 'model' | 'agent' | 'connector'): ProvisioningStep {
  const inputName = `${what}_id`;
  return {
    type: `delete_${what}`,
    schema: inputsSchema({ [inputName]: TEXT }),
    async run(call) {
      const id = textInput(call.inputs, inputName);
      const path = mlPath(`${what}s/${segment(id)}`);
      await askToRemove(call, { method: 'DELETE', path, failure: `Failed to delete ${what} ${id}` });
      return NOTHING;
    },
  };
}
