import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { interpreterConfig } from './config.js';
import { CLOSE_DEADLINE_MS, openWorker } from './open-worker.js';

const logger = makeLogger({ service: 'worker' });
runProcess({
  logger,
  service: 'worker',
  start: (fatal) => openWorker(interpreterConfig(process.env), { env: process.env, logger, fatal }),
  closeDeadlineMs: CLOSE_DEADLINE_MS,
});
