import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@flowplane/plumbing/logging';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress } from './progress.js';

const RETRY_MS = 250;

/** Waits for the tables of the read models, which projection-service makes at its first start. */
export async function readModelsReady(pool: Pool, logger: Pick<Logger, 'info'>): Promise<void> {
  for (let waited = false; ; waited = true) {
    try {
      await loadProgress(pool);
      return;
    } catch (cause) {
      if (!isMissingSchema(cause)) throw cause;
      if (!waited) logger.info('waiting for projection-service to make the read models');
      await sleep(RETRY_MS);
    }
  }
}
