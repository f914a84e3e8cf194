import type { Pool, PoolClient } from '@flowplane/plumbing/postgres';

const TABLES = [
  { table: 'nodes', run: 'execution_id' },
  { table: 'sub_flow_nodes', run: 'root' },
] as const;
const FETCH_ROWS = 200;

/** Of a partition of which nothing was read any more. */
const PROGRESS = `
  UPDATE projection_progress p SET command_offset = c.command_offset, record_time_ms = c.record_time_ms
    FROM json_populate_recordset(NULL::projection_progress, $1) c
   WHERE p.projection = c.projection AND p.partition = c.partition AND p.next_offset = c.next_offset
     AND p.record_time_ms = 0`;

/**
 * Copies what the topics cannot give any more: of partitions that retention has emptied, when their last record came; and
 * of open runs whose first frames it has removed while the run waits on (for an approval, say). Their live rows, made when
 * the frames were there, are all that is known.
 *
 * @param live a client inside a transaction at the positions to which the copy was built
 * @param isGone whether the topic has lost this offset of the partition of a run at the top
 * @param goneBelow offset below which some partition has lost records; 0: none has
 */
export async function carryOver(
  live: PoolClient,
  rebuilt: Pool,
  isGone: (run: string, offset: number) => boolean,
  goneBelow: number,
): Promise<void> {
  const progress = await live.query<{ rows: string }>(
    "SELECT coalesce(json_agg(p), '[]')::text AS rows FROM projection_progress p",
  );
  await rebuilt.query(PROGRESS, [progress.rows[0]?.rows]);
  if (goneBelow === 0) return;
  for (const { table, run } of TABLES) {
    // The live tables may be those of a release that has not got it.
    const { rows: there } = await live.query('SELECT to_regclass($1) IS NOT NULL AS yes', [table]);
    if ((there as { readonly yes: boolean }[])[0]?.yes !== true) continue;
    await live.query(
      `DECLARE carried NO SCROLL CURSOR FOR
         SELECT to_json(n)::text AS row, n.${run} AS run, n.first_offset
           FROM executions e JOIN ${table} n ON n.${run} = e.execution_id
          WHERE e.closed_at IS NULL AND n.first_offset < $1`,
      [goneBelow],
    );
    for (;;) {
      type Fetched = { readonly row: string; readonly run: string; readonly first_offset: string };
      const { rows } = await live.query<Fetched>(`FETCH ${FETCH_ROWS} FROM carried`);
      await putRows(
        rebuilt,
        table,
        rows.filter((row) => isGone(row.run, Number(row.first_offset))).map(({ row }) => row),
      );
      if (rows.length < FETCH_ROWS) break;
    }
    await live.query('CLOSE carried');
  }
}

/** In the place of what the remaining frames gave. */
async function putRows(rebuilt: Pool, table: string, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  await rebuilt.query(
    `WITH carried AS MATERIALIZED (SELECT * FROM json_populate_recordset(NULL::${table}, $1)),
          replaced AS (
            DELETE FROM ${table} n USING carried c
             WHERE n.execution_id = c.execution_id AND n.node_id = c.node_id AND n.iteration = c.iteration
            RETURNING 1)
     INSERT INTO ${table} SELECT c.* FROM carried c WHERE (SELECT count(*) FROM replaced) >= 0`,
    [`[${rows.join(',')}]`],
  );
}
