import type { Pool } from '@flowplane/plumbing/postgres';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import { CallAbandoned } from '../../shared/engine-gate.js';
import type { RunScope } from '../report/records.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';

export type OpenRuns = {
  /**
   * Runs of a tenant that the log has not closed, as of at least this position.
   *
   * @throws CallAbandoned on `signal`
   */
  readonly of: (
    tenantId: string,
    partition: number,
    offset: number,
    signal: AbortSignal,
  ) => Promise<readonly RunScope[]>;
};

export type OpenRunsOptions = {
  readonly readPool: Pool;
  readonly progress: Pick<ProgressTracker, 'waitFor'>;
  /** Name of the projection that has runs, as the tracker knows it. */
  readonly projection: string;
};

const WAIT_SLICE_MS = 1000;
/** Runs and progress of one moment. */
const OPEN = `
  SELECT progress.next_offset, run.execution_id, run.workspace_id, run.flow_id
    FROM (SELECT next_offset FROM flows.projection_progress WHERE projection = $2 AND partition = $3) AS progress
    LEFT JOIN flows.executions run ON run.tenant_id = $1 AND run.closed_at IS NULL`;
type Row = {
  readonly next_offset: string;
  readonly execution_id: string | null;
  readonly workspace_id: string;
  readonly flow_id: string;
};

export function makeOpenRuns({ readPool, progress, projection }: OpenRunsOptions): OpenRuns {
  return {
    of: async (tenantId, partition, offset, signal) => {
      for (;;) {
        if (signal.aborted) throw new CallAbandoned();
        const { rows } = await retryWhileUnavailable(
          () => readPool.query<Row>(OPEN, [tenantId, projection, partition]),
          signal,
        );
        if (Number(rows[0]?.next_offset ?? 0) > offset) {
          return rows.flatMap(({ execution_id: executionId, workspace_id, flow_id }) =>
            executionId === null ? [] : [{ executionId, tenantId, workspaceId: workspace_id, flowId: flow_id }],
          );
        }
        await progress.waitFor([projection], partition, offset + 1, Date.now() + WAIT_SLICE_MS, signal);
      }
    },
  };
}
