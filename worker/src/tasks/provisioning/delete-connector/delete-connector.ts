import { mlRemoval } from '../ml/ml.js';

export const deleteConnector = mlRemoval('connector');
