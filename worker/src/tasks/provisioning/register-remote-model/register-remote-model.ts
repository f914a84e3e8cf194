import { mlCreate } from '../ml/ml.js';
import { deployQuery, MODEL_OPTIONS, modelOptions } from '../ml/model-body.js';
import { registeredModel } from '../ml/registered-model.js';
import { textInput } from '../inputs.js';
import { inputsSchema, TEXT } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';

const TYPE = 'register_remote_model';

/** `register_remote_model`: not repeatable. The model is there when the call is answered. */
export const registerRemoteModel: ProvisioningStep = {
  type: TYPE,
  schema: inputsSchema({ name: TEXT, connector_id: TEXT }, MODEL_OPTIONS),
  async run(call) {
    const { inputs } = call;
    const { id, answer } = await mlCreate(call, {
      path: 'models/_register',
      query: deployQuery(inputs),
      body: {
        name: textInput(inputs, 'name'),
        function_name: 'remote',
        connector_id: textInput(inputs, 'connector_id'),
        ...modelOptions(inputs),
      },
      idMember: 'model_id',
      failure: 'Failed to register remote model',
    });
    const status = typeof answer['status'] === 'string' ? answer['status'] : 'CREATED';
    return registeredModel(TYPE, inputs, id, status);
  },
};
