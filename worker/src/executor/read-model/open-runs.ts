import { CONTROL_PROJECTION, partitionOf } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { allOpenRuns, BEHIND, openRuns, type ProgressTracker } from '@flowplane/runtime/read-model';
import { asOf } from '../../shared/as-of.js';
import type { LostRunSweepOptions } from '../closing/lost-run-sweep.js';
import type { RunScope } from '../report/records.js';

/**
 * Runs of a tenant that the log has not closed, as of at least the position behind `offset`.
 *
 * @throws CallAbandoned on `signal`
 */
export type OpenRuns = (
  tenantId: string,
  partition: number,
  offset: number,
  signal: AbortSignal,
) => Promise<readonly RunScope[]>;

export const makeOpenRuns =
  (readPool: Pool, progress: Pick<ProgressTracker, 'waitFor'>): OpenRuns =>
  (tenantId, partition, offset, signal) =>
    asOf(
      { progress, name: CONTROL_PROJECTION, partition, offset: offset + 1, signal },
      async () => {
        const { runs, nextOffset } = await openRuns(readPool, tenantId, partition);
        return nextOffset > offset ? runs : BEHIND;
      },
      'look',
    );

const PAGE = 1000;

/** Open runs of all tenants, in pages by id. */
export const makeOpenAfter =
  (readPool: Pool, partitions: number): LostRunSweepOptions['openAfter'] =>
  async (after) => {
    const rows = await allOpenRuns(readPool, after, PAGE);
    return {
      runs: rows.map((run) => ({ ...run, partition: partitionOf(run.tenantId, partitions) })),
      isLast: rows.length < PAGE,
    };
  };
