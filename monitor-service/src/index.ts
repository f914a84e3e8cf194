// All that another package may import: the process of infra/compact opens it with the others.
export { readMonitorConfig } from './config.js';
export { openMonitorService } from './open-monitor-service.js';
