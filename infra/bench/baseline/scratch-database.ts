import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';

export type ScratchDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** Makes a database beside those of the services. */
export async function makeScratchDatabase(serverUrl: string, name: string): Promise<ScratchDatabase> {
  const at = (database: string): string => {
    const url = new URL(serverUrl);
    url.pathname = `/${database}`;
    return url.toString();
  };
  await ensureDatabase(at(name));
  return {
    url: at(name),
    drop: async () => {
      const pool = makePool(at('postgres'), { max: 1, applicationName: 'bench' });
      await pool.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await pool.end();
    },
  };
}
