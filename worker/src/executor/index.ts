// All that another package may import: the process of infra/compact opens it with the others.
export { readExecutorConfig } from './config.js';
export { openExecutor } from './open-executor.js';
