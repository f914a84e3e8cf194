import { registeringLocalModel } from '../ml/local-model.js';

export const registerLocalPretrainedModel = registeringLocalModel({
  type: 'register_local_pretrained_model',
  files: 'none',
  needsConfig: false,
});
