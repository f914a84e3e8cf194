import { registeringLocalModel } from '../ml/local-model.js';

export const registerLocalCustomModel = registeringLocalModel({
  type: 'register_local_custom_model',
  files: 'required',
  needsConfig: true,
});
