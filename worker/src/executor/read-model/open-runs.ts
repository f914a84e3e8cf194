import { CONTROL_PROJECTION, partitionOf } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import {
  allOpenRuns,
  allOpenTemplateRuns,
  BEHIND,
  openRuns,
  openTemplateRuns,
  type OpenTemplateRun,
  type ProgressTracker,
} from '@flowplane/runtime/read-model';
import { asOf } from '../../shared/as-of.js';
import type { OpenRun } from '../closing/lost-run-sweep.js';
import { templateTurn } from '../intake/template-runs.js';
import type { RunScope } from '../report/records.js';

/**
 * Runs of a tenant that the log has not closed, as of at least the position behind `offset`.
 *
 * @throws CallAbandoned on `signal`
 */
export type OpenRunsOf<Run> = (
  tenantId: string,
  partition: number,
  offset: number,
  signal: AbortSignal,
) => Promise<readonly Run[]>;

type Loaded<Run> = { readonly runs: readonly Run[]; readonly nextOffset: number };

const makeOpenRunsOf =
  <Run>(
    load: (pool: Pool, tenantId: string, partition: number) => Promise<Loaded<Run>>,
    readPool: Pool,
    progress: Pick<ProgressTracker, 'waitFor'>,
  ): OpenRunsOf<Run> =>
  (tenantId, partition, offset, signal) =>
    asOf(
      { progress, name: CONTROL_PROJECTION, partition, offset: offset + 1, signal },
      async () => {
        const { runs, nextOffset } = await load(readPool, tenantId, partition);
        return nextOffset > offset ? runs : BEHIND;
      },
      'look',
    );

export const makeOpenRuns = (pool: Pool, progress: Pick<ProgressTracker, 'waitFor'>): OpenRunsOf<RunScope> =>
  makeOpenRunsOf(openRuns, pool, progress);

export const makeOpenTemplateRuns = (
  pool: Pool,
  progress: Pick<ProgressTracker, 'waitFor'>,
): OpenRunsOf<OpenTemplateRun> => makeOpenRunsOf(openTemplateRuns, pool, progress);

const PAGE = 1000;

export type AllOpenOptions = {
  readonly readPool: Pool;
  readonly partitions: number;
  /** Ends a run of a flow, or of a template, if it is lost. */
  readonly endFlowRun: (run: RunScope, signal: AbortSignal) => Promise<unknown>;
  readonly endTemplateRun: (run: OpenTemplateRun, signal: AbortSignal) => Promise<unknown>;
};

/** Open runs of flows and templates of all tenants, in pages. */
export async function* allOpen(options: AllOpenOptions): AsyncGenerator<readonly OpenRun[]> {
  const { readPool, partitions } = options;
  for (let after = '', isLast = false; !isLast;) {
    const runs = await allOpenRuns(readPool, after, PAGE);
    yield runs.map(({ requestedAt: offset, ...run }) => ({
      ...{ turn: run.executionId, partition: partitionOf(run.tenantId, partitions), offset },
      endIfLost: (signal) => options.endFlowRun(run, signal),
    }));
    after = runs.at(-1)?.executionId ?? after;
    isLast = runs.length < PAGE;
  }
  for (let after = { tenantId: '', templateId: '' }, isLast = false; !isLast;) {
    const runs = await allOpenTemplateRuns(readPool, after, PAGE);
    yield runs.map(({ changedAt: offset, ...run }) => ({
      ...{ turn: templateTurn(run), partition: partitionOf(run.tenantId, partitions), offset },
      endIfLost: (signal) => options.endTemplateRun(run, signal),
    }));
    after = runs.at(-1) ?? after;
    isLast = runs.length < PAGE;
  }
}
