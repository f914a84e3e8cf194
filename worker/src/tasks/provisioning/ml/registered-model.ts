import type { JsonObject } from '@flowplane/contracts';
import { flagInput } from '../inputs.js';
import type { StepResult } from '../step.js';

/** What a step that registers a model ends with: with `deploy: true` the model is recorded as deployed as well. */
export function registeredModel(step: string, inputs: JsonObject, modelId: string, status: string): StepResult {
  const registered = { step, type: 'model_id', id: modelId };
  const isDeployed = flagInput(inputs, 'deploy') === true;
  return {
    outputs: { model_id: modelId, register_model_status: status },
    resources: isDeployed ? [registered, { ...registered, step: 'deploy_model' }] : [registered],
  };
}
