// All that another package may import: the process of infra/compact opens it with the others.
export { readTriggerServiceConfig } from './config.js';
export { openTriggerService } from './open-trigger-service.js';
