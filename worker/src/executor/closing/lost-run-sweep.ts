import { startPeriodic } from '@flowplane/plumbing/periodic';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { KeyedQueue } from '../intake/keyed-queue.js';
import type { RunScope } from '../report/records.js';
import type { SweepLease } from '../state/sweep-lease.js';
import { closeIfStuck, type LostRunPorts } from './lost-runs.js';

/** An open run as the read model has it, and where in the log it was asked for. */
export type OpenRun = RunScope & { readonly partition: number; readonly requestedAt: number };

export type LostRunSweepOptions = LostRunPorts & {
  /** Open runs of all tenants in the order of their ids, behind `after`. */
  readonly openAfter: (after: string) => Promise<{ readonly runs: readonly OpenRun[]; readonly isLast: boolean }>;
  /** Offsets below which everything that the log asks for is done, per partition. */
  readonly doneBelow: () => Promise<ReadonlyMap<number, number>>;
  readonly lease: SweepLease;
  readonly queue: KeyedQueue;
  readonly intervalMs: number;
};

/** Looks in every interval for runs that nothing will ever end. Those whose start is yet to be made are left alone. */
export function startLostRunSweep(options: LostRunSweepOptions): { readonly close: () => Promise<void> } {
  const { queue, lease, intervalMs, logger } = options;
  const pass = async (signal: AbortSignal): Promise<void> => {
    if ((await lease.acquire(3 * intervalMs)) === undefined) return;
    const done = await options.doneBelow();
    for (let after = '', isLast = false; !isLast;) {
      const page = await options.openAfter(after);
      for (const { partition, requestedAt, ...run } of page.runs) {
        if (requestedAt >= (done.get(partition) ?? 0)) continue;
        await queue.run(run.executionId, () => closeIfStuck(options, run, signal));
      }
      after = page.runs.at(-1)?.executionId ?? after;
      isLast = page.isLast;
    }
  };
  return startPeriodic({
    intervalMs,
    work: pass,
    onFault: (cause) => {
      if (!(cause instanceof CallAbandoned))
        logger.warn({ err: cause }, 'the look for lost runs failed; it is repeated');
    },
  });
}
