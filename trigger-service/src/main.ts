import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { readTriggerServiceConfig } from './config.js';
import { openTriggerService } from './open-trigger-service.js';

const logger = makeLogger({ service: 'trigger-service' });
runProcess({
  logger,
  service: 'trigger-service',
  start: (fatal) => openTriggerService(readTriggerServiceConfig(process.env), { env: process.env, logger, fatal }),
});
