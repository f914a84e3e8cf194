import type { JsonObject } from '@flowplane/contracts';
import { flagInput, input, present, textInput, textMapInput } from '../inputs.js';
import { FLAG, inputsSchema, MAP, TEXT } from '../schemas.js';
import type { ProvisioningStep, StepCall } from '../step.js';

/** Parameters that a predecessor supplies when the tool does not name them. */
const SUPPLIED = ['connector_id', 'model_id', 'agent_id'];

/** `create_tool`: makes nothing on the server; its output is what `register_agent` sends. */
export const createTool: ProvisioningStep = {
  type: 'create_tool',
  schema: inputsSchema(
    { type: TEXT },
    {
      name: TEXT,
      description: TEXT,
      parameters: MAP,
      attributes: MAP,
      config: MAP,
      include_output_in_agent_response: FLAG,
      runtime_resources: MAP,
    },
  ),
  run(call) {
    const { inputs } = call;
    const tool: JsonObject = present({
      type: textInput(inputs, 'type'),
      name: input(inputs, 'name'),
      description: input(inputs, 'description'),
      parameters: toolParameters(call),
      attributes: textMapInput(inputs, 'attributes'),
      config: textMapInput(inputs, 'config') ?? {},
      include_output_in_agent_response: flagInput(inputs, 'include_output_in_agent_response'),
      runtime_resources: input(inputs, 'runtime_resources'),
    });
    return Promise.resolve({ outputs: { tools: tool }, resources: [] });
  },
};

function toolParameters({ inputs, predecessors }: StepCall): JsonObject {
  const parameters: Record<string, string> = textMapInput(inputs, 'parameters') ?? {};
  for (const name of SUPPLIED) {
    const supplied = predecessors.find(({ key }) => key === name)?.outputs[name];
    if (!Object.hasOwn(parameters, name) && typeof supplied === 'string') parameters[name] = supplied;
  }
  return parameters;
}
