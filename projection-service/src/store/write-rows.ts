import type { Queryable } from '@flowplane/infra/postgres';

/**
 * Runs one multi-row statement whose rows come as `json_to_recordset($1)`: as fast as arrays by `unnest`, at a third of
 * the client's CPU (measured), and its text does not depend on the number of rows, so it is prepared once.
 *
 * @param name of the prepared statement
 */
export async function writeRows(
  client: Queryable,
  name: string,
  sql: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  if (rows.length > 0) await client.query({ name, text: sql, values: [JSON.stringify(rows)] });
}
