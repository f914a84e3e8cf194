import { mlRemoval } from '../ml/ml.js';

export const deleteModel = mlRemoval('model');
