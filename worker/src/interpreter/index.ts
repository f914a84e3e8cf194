// All that another package may import: the process of infra/compact opens it with the others.
export { interpreterConfig } from './config.js';
export { openWorker } from './open-worker.js';
export { makeWorkerConnection } from '../shared/worker-connection.js';
