import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { readCommandServiceConfig } from './config.js';
import { openCommandService } from './open-command-service.js';

const logger = makeLogger({ service: 'command-service' });
runProcess({
  logger,
  service: 'command-service',
  start: (fatal) => openCommandService(readCommandServiceConfig(process.env), { env: process.env, logger, fatal }),
});
