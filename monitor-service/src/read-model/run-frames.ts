import type { ClosedStatus, NodeRank } from '@flowplane/contracts';
import { queryAsTenant, type Pool, type TenantScope } from '@flowplane/plumbing/postgres';

export type StoredFrame = {
  readonly offset: number;
  readonly type: 'node-status' | 'log-line';
  readonly data: string;
};

/** A page of a run's frames and what belongs to the same moment: one snapshot. */
export type FramesPage = {
  readonly frames: readonly StoredFrame[];
  /** True when there is nothing more behind this page as of the snapshot. */
  readonly isLast: boolean;
  /** Everything of the partition below this offset is in the store. */
  readonly projectedTo: number;
  /** What the node frames of the run came to. */
  readonly ranks: readonly NodeRank[];
  /** Status on the closing frame, wherever it stands; null: it is not in the store. */
  readonly ended: string | null;
  /** Of the run itself; null while it is open. */
  readonly closed: { readonly status: ClosedStatus; readonly closedAt: number } | null;
};

export type RunFrames = {
  /** @returns undefined when the scope has no such run */
  readonly page: (scope: TenantScope, executionId: string, fromOffset: number) => Promise<FramesPage | undefined>;
  /** Status of a run, null while it is open; undefined: the scope has no such run. */
  readonly closedStatus: (scope: TenantScope, executionId: string) => Promise<string | null | undefined>;
};

type Row = {
  readonly kind: 'run' | 'progress' | 'frame' | 'node' | 'end';
  readonly number: string | null;
  readonly text: string | null;
  readonly more: string | null;
};

/** One statement is one snapshot: frames, ranks and progress tell of the same moment. */
const PAGE = `
  SELECT 'run' AS kind, (extract(epoch FROM closed_at) * 1000)::bigint AS number, status AS text, NULL AS more
    FROM flows.executions WHERE execution_id = $1
  UNION ALL
  SELECT 'progress', next_offset, NULL, NULL
    FROM flows.projection_progress WHERE projection = 'runs' AND partition = $2
  UNION ALL
  SELECT 'node', rank, node_id, iteration::text FROM flows.nodes WHERE execution_id = $1
  UNION ALL
  SELECT 'end', log_offset, data, NULL FROM flows.frames WHERE execution_id = $1 AND type = 'stream-end'
  UNION ALL
  (SELECT 'frame', log_offset, type, data FROM flows.frames
    WHERE execution_id = $1 AND log_offset >= $3 AND type <> 'stream-end' ORDER BY log_offset LIMIT $4)`;

const CLOSED_STATUS = 'SELECT status, closed_at IS NOT NULL AS closed FROM flows.executions WHERE execution_id = $1';

/**
 * Frames from the read model, under the row policies of the caller's scope.
 *
 * @param partitionOf partition of a run in the runs topic
 */
export function makeRunFrames(readPool: Pool, partitionOf: (executionId: string) => number, pageSize = 500): RunFrames {
  return {
    page: async (scope, executionId, fromOffset) => {
      const values = [executionId, partitionOf(executionId), fromOffset, pageSize];
      const { rows } = await queryAsTenant(readPool, scope, { name: 'frames-page', text: PAGE, values });
      return pageOf(rows as Row[], pageSize);
    },
    closedStatus: async (scope, executionId) => {
      const statement = { name: 'closed-status', text: CLOSED_STATUS, values: [executionId] };
      const row = (await queryAsTenant(readPool, scope, statement)).rows[0];
      if (row === undefined) return undefined;
      const { status, closed } = row as { readonly status: string; readonly closed: boolean };
      return closed ? status : null;
    },
  };
}

function pageOf(rows: readonly Row[], pageSize: number): FramesPage | undefined {
  const run = rows.find(({ kind }) => kind === 'run');
  if (run === undefined) return undefined;
  const frames = rows
    .filter(({ kind }) => kind === 'frame')
    .map((row) => ({ offset: Number(row.number), type: row.text as StoredFrame['type'], data: row.more ?? '' }))
    .toSorted((a, b) => a.offset - b.offset);
  return {
    frames,
    isLast: frames.length < pageSize,
    projectedTo: Number(rows.find(({ kind }) => kind === 'progress')?.number ?? 0),
    ranks: rows
      .filter(({ kind }) => kind === 'node')
      .map((row) => ({ rank: Number(row.number), nodeId: row.text ?? '', iteration: Number(row.more) })),
    ended: endStatus(rows.find(({ kind }) => kind === 'end')?.text),
    closed: run.number === null ? null : { status: run.text as ClosedStatus, closedAt: Number(run.number) },
  };
}

const endStatus = (data: string | null | undefined): string | null =>
  data ? (JSON.parse(data) as { readonly status: string }).status : null;
