import type { PoolClient } from '@flowplane/plumbing/postgres';
import { COMPARED_TABLES, type ComparedTable } from './compared-tables.js';

/** Rows older than these are not compared. */
export type Cutoffs = { readonly commandsSince: Date; readonly runsSince: Date };

export type TableDifference = {
  readonly table: string;
  readonly liveRows: number;
  readonly rebuiltRows: number;
  readonly differing: number;
  /** Keys of differing rows, as JSON text, the first of them only. */
  readonly examples: readonly string[];
};

type Row = {
  readonly key: readonly unknown[];
  readonly hash: string;
  /** Of the row without the column that it lacks; null: it lacks none. */
  readonly lacking: string | null;
  /** Of the row without the column that others may lack. */
  readonly rest: string | null;
  /** Its place in the runs topic, and the run in whose partition that is; null: it has none. */
  readonly frame: { readonly run: string; readonly offset: number } | null;
};
type Rows = AsyncGenerator<Row, undefined>;

const NUMBERS = new Set(['partition', 'generation', 'version', 'minute', 'log_offset', 'iteration']);
const FETCH_ROWS = 5000;
const MAX_EXAMPLES = 20;

/**
 * Compares every table row by row, by key and hash, without holding more than a few thousand rows.
 *
 * @param live a client inside a transaction whose snapshot stands at the positions the rebuild was made to
 * @param rebuilt a client inside a transaction on the rebuilt schema
 * @param excused whether a difference is one of retention: run at the top and offset in the runs topic
 */
export async function compareSchemas(
  live: PoolClient,
  rebuilt: PoolClient,
  cutoffs: Cutoffs,
  excused: (run: string, offset: number) => boolean,
): Promise<readonly TableDifference[]> {
  const differences: TableDifference[] = [];
  for (const table of COMPARED_TABLES) {
    const [left, right] = [rowsOf(live, table, cutoffs), rowsOf(rebuilt, table, cutoffs)];
    differences.push(await compareRows(table, left, right, excused));
  }
  return differences;
}

async function* rowsOf(
  client: PoolClient,
  { table, key, where, frame, mayLack }: ComparedTable,
  cutoffs: Cutoffs,
): Rows {
  // Texts in byte order, as `compareKeys` sees them, whatever the database's collation is.
  const sorted = key.map((column) => (NUMBERS.has(column) ? `t.${column}` : `t.${column} COLLATE "C"`)).join(', ');
  const rest = mayLack === undefined ? 'NULL' : `md5((to_jsonb(t) - '${mayLack}')::text)`;
  const lacking = mayLack === undefined ? 'NULL' : `CASE WHEN t.${mayLack} IS NULL THEN ${rest} END`;
  await client.query(
    `DECLARE compared NO SCROLL CURSOR FOR
       SELECT jsonb_build_array(${key.map((column) => `t.${column}`).join(', ')}) AS key, md5(t::text) AS hash,
              ${rest} AS rest, ${lacking} AS lacking,
              ${frame === undefined ? 'NULL::text' : `t.${frame.run}`} AS run,
              ${frame === undefined ? 'NULL::bigint' : `t.${frame.offset}`} AS row_offset
         FROM ${table} t WHERE ${where} AND ($1::timestamptz IS NOT NULL AND $2::timestamptz IS NOT NULL)
        ORDER BY ${sorted}`,
    [cutoffs.commandsSince, cutoffs.runsSince],
  );
  try {
    for (;;) {
      type Fetched = Omit<Row, 'frame'> & { readonly run: string | null; readonly row_offset: string | null };
      const { rows } = await client.query<Fetched>(`FETCH ${FETCH_ROWS} FROM compared`);
      for (const { run, row_offset: at, ...row } of rows) {
        yield { ...row, frame: run === null ? null : { run, offset: Number(at) } };
      }
      if (rows.length < FETCH_ROWS) return undefined;
    }
  } finally {
    await client.query('CLOSE compared');
  }
}

async function compareRows(
  { table }: ComparedTable,
  live: Rows,
  rebuilt: Rows,
  excused: (run: string, offset: number) => boolean,
): Promise<TableDifference> {
  const examples: string[] = [];
  let [liveRows, rebuiltRows, differing] = [0, 0, 0];
  const differ = (row: Row, how: string): void => {
    if (row.frame !== null && excused(row.frame.run, row.frame.offset)) return;
    differing++;
    if (examples.length < MAX_EXAMPLES) examples.push(`${how} ${JSON.stringify(row.key)}`);
  };
  let [left, right] = [await live.next(), await rebuilt.next()];
  while (left.done !== true || right.done !== true) {
    const order = left.done === true ? 1 : right.done === true ? -1 : compareKeys(left.value.key, right.value.key);
    if (order === 0 && left.done !== true && right.done !== true && !isSame(left.value, right.value)) {
      differ(left.value, 'not equal');
    }
    if (order < 0 && left.done !== true) differ(left.value, 'only live');
    if (order > 0 && right.done !== true) differ(right.value, 'only rebuilt');
    if (order <= 0) {
      liveRows++;
      left = await live.next();
    }
    if (order >= 0) {
      rebuiltRows++;
      right = await rebuilt.next();
    }
  }
  return { table, liveRows, rebuiltRows, differing, examples };
}

const isSame = (live: Row, rebuilt: Row): boolean =>
  live.hash === rebuilt.hash || (live.lacking !== null && live.lacking === rebuilt.rest);

/** Keys hold texts and numbers of the same kind at the same place. */
function compareKeys(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index];
    if (typeof value === 'number' && typeof other === 'number') {
      if (value !== other) return value - other;
      continue;
    }
    const order = Buffer.compare(Buffer.from(String(value)), Buffer.from(String(other)));
    if (order !== 0) return order;
  }
  return 0;
}
