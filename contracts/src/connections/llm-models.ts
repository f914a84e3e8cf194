/** Models that an operator may allow in a workspace, and the longest name of one, in characters. */
export const MAX_LLM_MODELS = 100;
export const MAX_LLM_MODEL_LENGTH = 256;
