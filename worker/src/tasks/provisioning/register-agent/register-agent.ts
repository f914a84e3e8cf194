import { mlCreate } from '../ml/ml.js';
import { input, present, textInput, textMapInput } from '../inputs.js';
import { inputsSchema, MAP, STRUCTURE, TEXT, TEXTS } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';
import { agentLlm, agentMemory, agentTools } from './agent-body.js';

const TYPE = 'register_agent';

/** `register_agent`: not repeatable. */
export const registerAgent: ProvisioningStep = {
  type: TYPE,
  schema: inputsSchema(
    { name: TEXT, type: TEXT },
    {
      description: TEXT,
      llm: STRUCTURE,
      model: MAP,
      tools: { type: ['array', 'object'] },
      tools_order: TEXTS,
      parameters: MAP,
      memory: STRUCTURE,
      app_type: TEXT,
      context_management: MAP,
      context_management_name: TEXT,
    },
  ),
  async run(call) {
    const { inputs } = call;
    const { id } = await mlCreate(call, {
      path: 'agents/_register',
      body: present({
        name: textInput(inputs, 'name'),
        type: textInput(inputs, 'type'),
        description: input(inputs, 'description'),
        llm: agentLlm(call),
        model: input(inputs, 'model'),
        tools: agentTools(call),
        parameters: textMapInput(inputs, 'parameters') ?? {},
        memory: agentMemory(inputs),
        app_type: input(inputs, 'app_type'),
        context_management: input(inputs, 'context_management'),
        context_management_name: input(inputs, 'context_management_name'),
      }),
      idMember: 'agent_id',
      failure: 'Failed to register the agent',
    });
    return { outputs: { agent_id: id }, resources: [{ step: TYPE, type: 'agent_id', id }] };
  },
};
