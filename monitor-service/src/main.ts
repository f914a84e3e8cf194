import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { readMonitorConfig } from './config.js';
import { openMonitorService } from './open-monitor-service.js';

const logger = makeLogger({ service: 'monitor-service' });
runProcess({
  logger,
  service: 'monitor-service',
  start: (fatal) => openMonitorService(readMonitorConfig(process.env), { env: process.env, logger, fatal }),
});
