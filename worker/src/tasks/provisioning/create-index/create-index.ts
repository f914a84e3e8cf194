import { ask } from '../opensearch/ask.js';
import { indexSegment } from '../opensearch/names.js';
import { structureInput, textInput } from '../inputs.js';
import { inputsSchema, STRUCTURE, TEXT } from '../schemas.js';
import type { ProvisioningStep } from '../step.js';

/** `create_index`: not repeatable, a second create is refused with 400. Empty configurations make a bare index. */
export const createIndex: ProvisioningStep = {
  type: 'create_index',
  schema: inputsSchema({ index_name: TEXT, configurations: STRUCTURE }),
  async run(call) {
    const index = textInput(call.inputs, 'index_name');
    const isBare = textInput(call.inputs, 'configurations') === '';
    const configurations = isBare
      ? {}
      : structureInput(call.inputs, 'configurations', `Failed to parse the configurations of index ${index}`);
    await ask(call, {
      method: 'PUT',
      path: `/${indexSegment(index)}`,
      ...(Object.keys(configurations ?? {}).length === 0 ? {} : { body: configurations ?? {} }),
      failure: `Failed to create the index ${index}`,
    });
    return { outputs: { index_name: index }, resources: [{ step: 'create_index', type: 'index_name', id: index }] };
  },
};
