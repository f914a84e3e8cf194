import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { openCompact } from './open-compact.js';
import { servicesOf } from './services.js';

/** Services are closed one after the other; a worker alone may take 20 s for the tasks under way. */
const CLOSE_DEADLINE_MS = 45_000;

const logger = makeLogger({ service: 'compact' });
runProcess({
  logger,
  service: 'compact',
  start: async (fatal) => {
    const running = await openCompact(servicesOf(process.env), { env: process.env, logger, fatal });
    logger.info('all services are ready');
    return running;
  },
  closeDeadlineMs: CLOSE_DEADLINE_MS,
});
