import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { Engine } from '../engine/engine.js';
import type { SweepLease } from '../state/sweep-lease.js';
import type { Closer } from './closer.js';

export type SweepOptions = {
  readonly engine: Engine;
  /** Which of these runs the read model has closed. It may lag. */
  readonly closedAmong: (executionIds: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly lease: SweepLease;
  readonly closer: Pick<Closer, 'close'>;
  readonly intervalMs: number;
  /** How late the engine's visibility store may be with a closed run. */
  readonly overlapMs: number;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
};

export type Sweep = {
  /** One pass now. @returns ids of the runs it reported; undefined when another process has the lease */
  readonly pass: () => Promise<readonly string[] | undefined>;
  readonly close: () => Promise<void>;
};

const NEVER_STOPPED = new AbortController().signal;
/** Every so many passes one looks much further back, for a visibility store that was later than the overlap. */
const DEEP_EVERY = 60;
const DEEP_OVERLAP_FACTOR = 60;
/** How long a run that cannot be closed is looked at in every pass; after that it was reported often enough. */
const HELD_BACK_MS = 60 * 60 * 1000;

/**
 * The guarantee that every run which is over gets closed in the log, however it ended and whichever process died: one visibility
 * query for all tenants over the runs closed since the last pass; those the read model does not have closed are
 * reported.
 */
export function startSweep(options: SweepOptions): Sweep {
  const { engine, closedAmong, lease, closer, intervalMs, overlapMs, logger } = options;
  let passes = 0;

  const pass = async (signal: AbortSignal): Promise<readonly string[] | undefined> => {
    const watermark = await lease.acquire(3 * intervalMs);
    if (watermark === undefined) return undefined;
    const startedAt = options.now();
    passes += 1;
    const back = passes % DEEP_EVERY === 1 ? DEEP_OVERLAP_FACTOR * overlapMs : 0;
    const found: string[] = [];
    for await (const page of engine.closedSince(Math.max(0, watermark - back), signal)) {
      // Not "which are open": a run that the read model does not know yet must not be passed over.
      const closed = await closedAmong(page);
      found.push(...page.filter((executionId) => !closed.has(executionId)));
    }
    const settled = await Promise.all(found.map((executionId) => closer.close(executionId)));
    const backMs = settled.every(Boolean) ? overlapMs : Math.max(overlapMs, HELD_BACK_MS);
    await lease.advance(startedAt - backMs);
    if (found.length > 0) logger.info({ found: found.length }, 'the sweep found closed runs');
    return found;
  };

  const onFault = (cause: unknown): void => {
    if (!(cause instanceof CallAbandoned)) logger.warn({ err: cause }, 'a sweep failed; the next one makes up for it');
  };
  const { close } = startPeriodic({ intervalMs, work: pass, onFault });
  return { pass: () => pass(NEVER_STOPPED), close };
}
