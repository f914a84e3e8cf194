import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying } from '@flowplane/plumbing/periodic';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress } from './progress.js';

const RETRY_MS = 250;

/** Waits for the tables of the read models, which projection-service makes at its first start. */
export async function readModelsReady(pool: Pool, logger: Pick<Logger, 'info'>): Promise<void> {
  let hasWaited = false;
  const onFault = (): void => {
    if (!hasWaited) logger.info('waiting for projection-service to make the read models');
    hasWaited = true;
  };
  await keepTrying(() => loadProgress(pool), { backoff: { firstMs: RETRY_MS }, isCurable: isMissingSchema, onFault });
}
