import type { ClosedStatus, NodeRank } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, tenantRowsOf } from './public-query.js';

/** One statement is one snapshot: frames, ranks and progress are of the same moment. */
export const FRAMES_PAGE = publicQuery({
  name: 'frames-page',
  text: `
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
    SELECT 'found', count(*), NULL, NULL
      FROM (SELECT 1 FROM flows.frames
             WHERE execution_id = $1 AND log_offset >= $3 AND type <> 'stream-end' LIMIT $4) AS page
    UNION ALL
    SELECT 'frame', log_offset, type, data
      FROM (SELECT log_offset, type, data, row_number() OVER so_far AS nth, sum(octet_length(data)) OVER so_far AS bytes
              FROM (SELECT log_offset, type, data FROM flows.frames
                     WHERE execution_id = $1 AND log_offset >= $3 AND type <> 'stream-end'
                     ORDER BY log_offset LIMIT $4) AS page
            WINDOW so_far AS (ORDER BY log_offset ROWS UNBOUNDED PRECEDING)) AS counted
     WHERE nth = 1 OR bytes <= $5`,
  columns: 'kind text, number int8?, text text?, more text?',
});

export type StoredFrame = {
  readonly offset: number;
  readonly type: 'node-status' | 'log-line';
  readonly data: string;
};

/** A page of a run's frames and what belongs to the same moment: one snapshot. */
export type FramesPage = {
  readonly frames: readonly StoredFrame[];
  /** True when there is nothing more behind this page as of the snapshot. A page ends where its bytes do. */
  readonly isLast: boolean;
  /** Everything of the partition below this offset is in the store. */
  readonly projectedTo: number;
  /** What the node frames of the run came to. */
  readonly ranks: readonly NodeRank[];
  /** What the closing frame says, wherever it stands; null: it is not in the store. */
  readonly ended: { readonly status: string; readonly offset: number } | null;
  /** Of the run itself; null while it is open. */
  readonly closed: { readonly status: ClosedStatus; readonly closedAt: number } | null;
};

/** Of a run: its partition in the runs topic, and where the page begins. */
export type FramesFrom = {
  readonly executionId: string;
  readonly partition: number;
  readonly offset: number;
  readonly pageSize: number;
};

/** Bytes of the frames of a page; a larger frame comes alone. */
export const MAX_FRAMES_BYTES = 262_144;

/** @returns undefined when the scope has no such run */
export async function framesPage(pool: Pool, scope: TenantScope, from: FramesFrom): Promise<FramesPage | undefined> {
  const values = [from.executionId, from.partition, from.offset, from.pageSize, MAX_FRAMES_BYTES];
  const rows = await tenantRowsOf(pool, scope, FRAMES_PAGE, values);
  const run = rows.find(({ kind }) => kind === 'run');
  if (run === undefined) return undefined;
  const found = rows.find(({ kind }) => kind === 'found')?.number ?? 0;
  const frames = rows
    .filter(({ kind }) => kind === 'frame')
    .map((row) => ({ offset: row.number ?? 0, type: row.text as StoredFrame['type'], data: row.more ?? '' }))
    .toSorted((a, b) => a.offset - b.offset);
  return {
    frames,
    isLast: found === frames.length && found < from.pageSize,
    projectedTo: rows.find(({ kind }) => kind === 'progress')?.number ?? 0,
    ranks: rows
      .filter(({ kind }) => kind === 'node')
      .map((row) => ({ rank: row.number ?? 0, nodeId: row.text ?? '', iteration: Number(row.more) })),
    ended: endOf(rows.find(({ kind }) => kind === 'end')),
    closed: run.number === null ? null : { status: run.text as ClosedStatus, closedAt: run.number },
  };
}

function endOf(row: { readonly number: number | null; readonly text: string | null } | undefined): FramesPage['ended'] {
  if (row?.text === undefined || row.text === null) return null;
  return { status: (JSON.parse(row.text) as { readonly status: string }).status, offset: row.number ?? 0 };
}
