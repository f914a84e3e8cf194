import { makePool } from '@flowplane/plumbing/postgres';

/** The url of another database of the same server. */
export function otherDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.toString();
}

/** Removes databases, with the sessions that others have there. Those that are gone already are passed over. */
export async function dropDatabases(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    const pool = makePool(otherDatabase(url, 'postgres'), { max: 1, applicationName: 'flowplane-stack' });
    await pool.query(`DROP DATABASE IF EXISTS "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
    await pool.end();
  }
}
