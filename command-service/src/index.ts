// All that another package may import: the process of infra/compact opens it with the others.
export { readCommandServiceConfig } from './config.js';
export { openCommandService } from './open-command-service.js';
