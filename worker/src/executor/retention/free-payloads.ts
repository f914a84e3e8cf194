import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';
import { oldestRun } from '@flowplane/runtime/read-model';

/** Payloads freed by one statement: short locks, and no long transaction beside the runs. */
const BATCH = 500;
/**
 * A use is marked up to an hour late, and the clocks of log and store are not the same: nothing is freed that was used
 * within this much of the oldest run.
 */
const MARGIN_MS = 2 * 60 * 60 * 1000;

const NEVER_STOPPED = new AbortController().signal;

export type PayloadRetention = { readonly pass: () => Promise<number>; readonly close: () => Promise<void> };

export type PayloadRetentionOptions = {
  readonly store: Pick<ContentStore, 'free'>;
  readonly readPool: Pool;
  /** Whether the read model knows every run there is; while it does not, nothing is freed. */
  readonly isCaughtUp: () => Promise<boolean>;
  /** FLOWS_RUN_RETENTION, ms. */
  readonly retentionMs: number;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
};

/**
 * Frees stored payloads with the retention of runs (ADR 26). Whatever a run refers to was put, hence marked used, no
 * earlier than the run was asked for; so what was used last before the oldest run that is shown or open belongs to none.
 * Several processes may do so at once.
 */
export function startPayloadRetention(options: PayloadRetentionOptions): PayloadRetention {
  const { store, readPool, logger } = options;

  const pass = async (signal: AbortSignal): Promise<number> => {
    if (!(await options.isCaughtUp())) return 0;
    const retained = options.now() - options.retentionMs;
    const oldest = await oldestRun(readPool);
    const before = new Date(Math.min(retained, oldest?.getTime() ?? retained) - MARGIN_MS);
    let freed = 0;
    for (let some = BATCH; some === BATCH && !signal.aborted;) {
      some = await store.free(before, BATCH);
      freed += some;
    }
    if (freed > 0) logger.info({ freed, before }, 'payloads of runs past their retention were freed');
    return freed;
  };
  const onFault = (cause: unknown): void =>
    logger.warn({ err: cause }, 'payloads past retention could not be freed; next time');
  const { close } = startPeriodic({ intervalMs: options.intervalMs, work: pass, onFault });
  return { pass: () => pass(NEVER_STOPPED), close };
}
