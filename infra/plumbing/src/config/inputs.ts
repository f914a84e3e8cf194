import { flag } from './entries.js';

/** Start inputs (flow-language 5.2). */
export const INPUT_ENTRIES = {
  /** True: an input that does not fit the declared inputs starts nothing. */
  strictInputs: flag('FLOWS_STRICT_INPUTS', false),
};
