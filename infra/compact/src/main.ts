import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { openCompact } from './open-compact.js';
import { servicesOf } from './services.js';

/** Longer than all services may take to close, one after the other: five of 10 s and the worker's 20 s. */
const CLOSE_DEADLINE_MS = 75_000;

const logger = makeLogger({ service: 'compact' });
runProcess({
  logger,
  service: 'compact',
  start: (fatal) => Promise.resolve(openCompact(servicesOf(process.env), { env: process.env, logger, fatal })),
  closeDeadlineMs: CLOSE_DEADLINE_MS,
});
