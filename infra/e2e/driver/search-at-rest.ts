import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDatabase } from './log-totals.js';

type Row = Readonly<Record<string, unknown>>;
export type Sought = string | RegExp;

/** Whether bytes or text hold what is sought (ASCII); null holds nothing. */
export function holds(value: Buffer | string | null, sought: Sought): boolean {
  if (value === null) return false;
  if (typeof sought === 'string') return value.includes(sought);
  return sought.test(typeof value === 'string' ? value : value.toString('latin1'));
}

/** Every file below a folder that holds one of these. @param isWanted by its path below the folder */
export async function filesWith(
  folder: string,
  sought: readonly Sought[],
  isWanted: (path: string) => boolean = () => true,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder, { recursive: true })).filter(isWanted)) {
    // A folder, or a file that is gone already.
    const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
    if (sought.some((one) => holds(bytes, one))) found.push(name);
  }
  return found;
}

/**
 * Reads every value of every table of every database on a server, as a dump does, and names the tables that hold one of
 * these.
 *
 * @param url of any database on that server, as an administrator
 * @returns `database.schema.table`
 */
export async function tablesWith(url: string, sought: readonly Sought[]): Promise<readonly string[]> {
  const databases = await rowsOf(
    url,
    'SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate',
  );
  const found: string[] = [];
  for (const { name } of databases) {
    const database = new URL(url);
    database.pathname = `/${String(name)}`;
    found.push(...(await tablesOfDatabaseWith(database.href, sought)).map((table) => `${String(name)}.${table}`));
  }
  return found;
}

/** As `tablesWith`, of one database. @returns `schema.table` */
export async function tablesOfDatabaseWith(url: string, sought: readonly Sought[]): Promise<readonly string[]> {
  const tables = await rowsOf(
    url,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const table of tables) {
    const rows = await rowsOf(url, `SELECT * FROM ${String(table['name'])}`);
    const values = rows.flatMap((row) => Object.values(row).map(asSearched));
    if (sought.some((one) => values.some((value) => holds(value, one)))) found.push(String(table['name']));
  }
  return found;
}

const rowsOf = (url: string, query: string): Promise<readonly Row[]> =>
  withDatabase(url, async (pool) => (await pool.query<Row>(query)).rows);

const asSearched = (value: unknown): Buffer | string =>
  Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value);
