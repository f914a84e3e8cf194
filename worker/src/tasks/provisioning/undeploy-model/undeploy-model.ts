import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { ask } from '../opensearch/ask.js';
import { segment } from '../opensearch/names.js';
import { mlPath } from '../ml/ml.js';
import { jsonText, textInput } from '../inputs.js';
import { inputsSchema, TEXT } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';
import { backendFailure } from '../step-failure.js';

/** `undeploy_model`: failed where a node of the cluster failed. */
export const undeployModel: ProvisioningStep = {
  type: 'undeploy_model',
  schema: inputsSchema({ model_id: TEXT }),
  async run(call) {
    const id = textInput(call.inputs, 'model_id');
    const path = mlPath(`models/${segment(id)}/_undeploy`);
    const answer = await ask(call, { method: 'POST', path, failure: `Failed to undeploy model ${id}` });
    const failed = failedNodes(answer);
    if (failed.length > 0) {
      throw backendFailure(`Failed to undeploy model on nodes [${failed.join(', ')}]`, 500);
    }
    return { outputs: { success: true }, resources: [] };
  },
};

/** `failures` of the answer or of its `_nodes`, by the ids of the nodes. */
function failedNodes(answer: JsonObject): readonly string[] {
  const nodes = answer['_nodes'];
  const failures = [answer['failures'], isJsonObject(nodes) ? nodes['failures'] : undefined]
    .filter((list): list is Json[] => Array.isArray(list))
    .flat();
  const named = failures.map((failure) => (isJsonObject(failure) ? jsonText(failure['node_id'] ?? '?') : '?'));
  const hasFailed = isJsonObject(nodes) && typeof nodes['failed'] === 'number' && nodes['failed'] > 0;
  return named.length === 0 && hasFailed ? ['?'] : named;
}
