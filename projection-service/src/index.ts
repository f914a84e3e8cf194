// All that another package may import: the process of infra/compact opens it with the others.
export { readProjectionServiceConfig } from './config.js';
export { openProjectionService } from './open-projection-service.js';
