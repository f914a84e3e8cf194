import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { KeyedQueue } from '../intake/keyed-queue.js';
import type { SweepLease } from '../state/sweep-lease.js';

/** A run that is open as the read model has it. */
export type OpenRun = {
  /** In whose turn it is looked at. */
  readonly turn: string;
  readonly partition: number;
  /** What has to be done before it is looked at: the event at this offset of its partition. */
  readonly offset: number;
  /** Ends it for the log where nothing else ever will. @throws CallAbandoned on `signal` */
  readonly endIfLost: (signal: AbortSignal) => Promise<unknown>;
};

export type LostRunSweepOptions = {
  /** Open runs of all tenants, of flows and of templates, in pages. */
  readonly open: () => AsyncIterable<readonly OpenRun[]>;
  /** Offsets below which everything that the log asks for is done, per partition. */
  readonly doneBelow: () => Promise<ReadonlyMap<number, number>>;
  readonly lease: SweepLease;
  readonly queue: KeyedQueue;
  readonly intervalMs: number;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Looks in every interval for runs that nothing will ever end. Those whose start is yet to be made are left alone. */
export function startLostRunSweep(options: LostRunSweepOptions): { readonly close: () => Promise<void> } {
  const { queue, lease, intervalMs, logger } = options;
  const pass = async (signal: AbortSignal): Promise<void> => {
    if ((await lease.acquire(3 * intervalMs)) === undefined) return;
    const done = await options.doneBelow();
    for await (const page of options.open()) {
      for (const { turn, partition, offset, endIfLost } of page) {
        if (offset < (done.get(partition) ?? 0)) await queue.run(turn, () => endIfLost(signal));
      }
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
