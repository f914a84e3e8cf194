import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { readExecutorConfig } from './config.js';
import { openExecutor } from './open-executor.js';

const logger = makeLogger({ service: 'executor' });
runProcess({
  logger,
  service: 'executor',
  start: (fatal) => openExecutor(readExecutorConfig(process.env), { env: process.env, logger, fatal }),
});
