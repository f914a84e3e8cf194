import { registeringLocalModel } from '../ml/local-model.js';

export const registerLocalSparseEncodingModel = registeringLocalModel({
  type: 'register_local_sparse_encoding_model',
  files: 'optional',
  needsConfig: false,
});
