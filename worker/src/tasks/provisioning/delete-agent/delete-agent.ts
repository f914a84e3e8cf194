import { mlRemoval } from '../ml/ml.js';

export const deleteAgent = mlRemoval('agent');
