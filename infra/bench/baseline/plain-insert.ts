import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import type { ProcessGroups } from '../measure/process-table.js';

export type PlainInsert = { readonly rows: number; readonly seconds: number; readonly cpuSeconds: CpuReading };

const ROWS_PER_STATEMENT = 1000;
/** What the control projection writes rows to, its own bookkeeping apart. */
const TABLES = ['flows', 'flow_versions', 'executions', 'commands', 'audit'] as const;

type Table = { readonly name: string; readonly columns: readonly string[]; readonly rows: readonly unknown[][] };

/**
 * Inserts the rows of the projection's tables into copies of them (same columns, keys and indexes), a statement of
 * 1,000 rows and a commit after the other, on one connection with the projection's own durability.
 */
export async function insertPlainly(databaseUrl: string, cpuGroups: ProcessGroups): Promise<PlainInsert> {
  const pool = makePool(databaseUrl, { max: 1, applicationName: 'bench', durable: false });
  try {
    await pool.query('DROP SCHEMA IF EXISTS plain CASCADE');
    await pool.query('CREATE SCHEMA plain');
    const tables: Table[] = [];
    for (const name of TABLES) tables.push(await copyOf(pool, name));
    // The copies start without anything that could have been written before them.
    await pool.query('CHECKPOINT');
    const before = readCpu(cpuGroups);
    const startedAt = performance.now();
    let rows = 0;
    for (const table of tables) rows += await insertAll(pool, table);
    const seconds = (performance.now() - startedAt) / 1000;
    return { rows, seconds, cpuSeconds: cpuBetween(before, readCpu(cpuGroups)) };
  } finally {
    await pool.end();
  }
}

/** Makes the empty copy of a table, and reads the rows that belong in it as text, ready to be sent. */
async function copyOf(pool: Pool, name: string): Promise<Table> {
  await pool.query(`CREATE TABLE plain.${name} (LIKE flows.${name} INCLUDING ALL)`);
  const { rows: found } = await pool.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
      WHERE table_schema = 'flows' AND table_name = $1 ORDER BY ordinal_position`,
    [name],
  );
  const columns = found.map(({ column_name }) => `"${column_name}"`);
  const asText = columns.map((column) => `${column}::text`).join(', ');
  const { rows } = await pool.query<unknown[]>({ text: `SELECT ${asText} FROM flows.${name}`, rowMode: 'array' });
  return { name, columns, rows };
}

async function insertAll(pool: Pool, { name, columns, rows }: Table): Promise<number> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const chunk = rows.slice(from, from + ROWS_PER_STATEMENT);
    let parameter = 0;
    const tuples = chunk.map((row) => `(${row.map(() => `$${++parameter}`).join(',')})`);
    const text = `INSERT INTO plain.${name} (${columns.join(',')}) VALUES ${tuples.join(',')}`;
    await pool.query({ text, values: chunk.flat() });
  }
  return rows.length;
}
