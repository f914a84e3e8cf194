import { askToRemove } from '../opensearch/ask.js';
import { indexSegment } from '../opensearch/names.js';
import { textInput } from '../inputs.js';
import { inputsSchema, TEXT } from '../schemas.js';
import { NOTHING, type ProvisioningStep } from '../step.js';

/** `delete_index`: the inverse of `create_index`. An index that is not there counts as removed. */
export const deleteIndex: ProvisioningStep = {
  type: 'delete_index',
  schema: inputsSchema({ index_name: TEXT }),
  async run(call) {
    const index = textInput(call.inputs, 'index_name');
    const failure = `Failed to delete the index ${index}`;
    await askToRemove(call, { method: 'DELETE', path: `/${indexSegment(index)}`, failure });
    return NOTHING;
  },
};
