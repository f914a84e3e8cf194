import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { readProjectionServiceConfig } from './config.js';
import { openProjectionService } from './open-projection-service.js';

const logger = makeLogger({ service: 'projection-service' });
runProcess({
  logger,
  service: 'projection-service',
  start: (fatal) =>
    openProjectionService(readProjectionServiceConfig(process.env), { env: process.env, logger, fatal }),
});
