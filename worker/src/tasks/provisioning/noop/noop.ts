import { noopDelayMs } from './delay.js';
import { inputsSchema, TEXT } from '../schemas.js';
import { NOTHING, type ProvisioningStep } from '../step.js';

/** `noop`: waits for its `delay` if it has one. */
export const noop: ProvisioningStep = {
  type: 'noop',
  schema: inputsSchema({}, { delay: TEXT }),
  async run({ inputs, sleep, signal }) {
    const delayMs = noopDelayMs(inputs);
    if (delayMs > 0) await sleep(delayMs, signal);
    return NOTHING;
  },
};
