import { mlCreate } from '../ml/ml.js';
import { accessMembers } from '../ml/model-body.js';
import { input, present, textInput } from '../inputs.js';
import { FLAG, inputsSchema, TEXT, TEXTS } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';

const TYPE = 'register_model_group';

/** `register_model_group`: not repeatable. */
export const registerModelGroup: ProvisioningStep = {
  type: TYPE,
  schema: inputsSchema(
    { name: TEXT },
    { description: TEXT, backend_roles: TEXTS, access_mode: TEXT, add_all_backend_roles: FLAG },
  ),
  async run(call) {
    const { inputs } = call;
    const { id, answer } = await mlCreate(call, {
      path: 'model_groups/_register',
      body: present({
        name: textInput(inputs, 'name'),
        description: input(inputs, 'description'),
        ...accessMembers(inputs),
      }),
      idMember: 'model_group_id',
      failure: 'Failed to register model group',
    });
    return {
      outputs: { model_group_id: id, model_group_status: answer['status'] ?? 'CREATED' },
      resources: [{ step: TYPE, type: 'model_group_id', id }],
    };
  },
};
