import { ask } from '../opensearch/ask.js';
import { segment } from '../opensearch/names.js';
import { mlPath } from '../ml/ml.js';
import { completedTask } from '../ml/task.js';
import { textInput } from '../inputs.js';
import { inputsSchema, TEXT } from '../schemas.js';
import type { ProvisioningStep, StepCall } from '../step.js';
import { backendFailure, StepFailure } from '../step-failure.js';

const TYPE = 'deploy_model';

/** `deploy_model`: a task does it, which is waited for. Repeatable: a model that is deployed stays so. */
export const deployModel: ProvisioningStep = {
  type: TYPE,
  schema: inputsSchema({ model_id: TEXT }),
  async run(call) {
    const id = textInput(call.inputs, 'model_id');
    const path = mlPath(`models/${segment(id)}/_deploy`);
    const { task_id: taskId } = await ask(call, { method: 'POST', path, failure: `Failed to deploy model ${id}` });
    if (typeof taskId !== 'string') {
      throw backendFailure(FAILURE, 500, { isOutcomeUnknown: true });
    }
    await deployed(call, taskId);
    return { outputs: { model_id: id }, resources: [{ step: TYPE, type: 'model_id', id }] };
  },
};

const FAILURE = 'Failed to deploy model';

/** However the task ends that did not complete, the message is the same one (provisioning 11). */
async function deployed(call: StepCall, taskId: string): Promise<void> {
  try {
    await completedTask(call, taskId, 'Deploy model');
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    const { status, isOutcomeUnknown } = thrown;
    throw backendFailure(FAILURE, status, { cause: thrown, isOutcomeUnknown });
  }
}
