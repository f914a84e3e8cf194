import { runLoop } from '@flowplane/plumbing/periodic';
import { inTransaction, type Pool } from '@flowplane/plumbing/postgres';
import { PROVISIONING_CHANNEL, type NewsReader } from './channel.js';

/** Values by the full name of the setting, as texts that were checked. */
export type SettingTexts = Readonly<Record<string, string>>;
/** What was set at run time. */
export type KeptSettings = { readonly persistent: SettingTexts; readonly transient: SettingTexts };
/** Null sets the value back to what counts without it. */
export type SettingChanges = Readonly<Record<string, string | null>>;

export type SettingsStore = {
  readonly read: () => Promise<KeptSettings>;
  /** All of it or nothing; every process hears of it. @returns what is kept then */
  readonly change: (change: {
    readonly persistent: SettingChanges;
    readonly transient: SettingChanges;
    readonly changedBy: string;
  }) => Promise<KeptSettings>;
};

/** @param pool of the state database, with `PROVISIONING_MIGRATIONS` applied */
export function makeSettingsStore(pool: Pool): SettingsStore {
  return {
    read: async () => keptIn((await pool.query<SettingRow>(READ)).rows),
    change: ({ persistent, transient, changedBy }) =>
      inTransaction(pool, async (client) => {
        // Those who change settings at once do it one after the other, so that each answers what is kept then.
        await client.query('LOCK TABLE provisioning.settings IN SHARE ROW EXCLUSIVE MODE');
        const rows = [...rowsOf('persistent', persistent), ...rowsOf('transient', transient)];
        for (const { scope, name, value } of rows) {
          if (value === null) await client.query(REMOVE, [scope, name]);
          else await client.query(PUT, [scope, name, value, changedBy]);
        }
        await client.query('SELECT pg_notify($1, $2)', [PROVISIONING_CHANNEL, 'settings']);
        return keptIn((await client.query<SettingRow>(READ)).rows);
      }),
  };
}

/** Settings as they count now. */
export type FollowedSettings<Settings> = NewsReader & {
  readonly settings: () => Settings;
  /** Reads them now. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const READ_AGAIN = { firstMs: 50, maxMs: 1000 } as const;

/**
 * Follows the settings that are kept in the state database. While it is not reachable the last ones count.
 *
 * @param settingsWith what counts with these texts in place of those of the environment; transient ones have replaced
 *   persistent ones already
 * @returns once they were read @throws when they cannot be read now
 */
export async function followSettings<Settings>(
  store: Pick<SettingsStore, 'read'>,
  settingsWith: (texts: SettingTexts) => Settings,
): Promise<FollowedSettings<Settings>> {
  const read = async (): Promise<Settings> => {
    const { persistent, transient } = await store.read();
    return settingsWith({ ...persistent, ...transient });
  };
  let current = await read();
  const reading = runLoop({
    round: async () => {
      current = await read();
      return 'idle';
    },
    backoff: READ_AGAIN,
    onFault: () => undefined,
  });
  return {
    settings: () => current,
    refresh: async () => {
      current = await read();
    },
    onConnect: () => {
      reading.wake();
      return Promise.resolve();
    },
    onNews: (news) => {
      if (news === 'settings') reading.wake();
    },
    close: reading.close,
  };
}

type Scope = keyof KeptSettings;
type SettingRow = { readonly scope: Scope; readonly name: string; readonly value: string };

const READ = 'SELECT scope, name, value FROM provisioning.settings ORDER BY name';
const REMOVE = 'DELETE FROM provisioning.settings WHERE scope = $1 AND name = $2';
const PUT = `
  INSERT INTO provisioning.settings (scope, name, value, changed_by) VALUES ($1, $2, $3, $4)
  ON CONFLICT (scope, name) DO UPDATE SET value = $3, changed_by = $4, changed_at = now()`;

const rowsOf = (scope: Scope, changes: SettingChanges) =>
  Object.entries(changes).map(([name, value]) => ({ scope, name, value }));

function keptIn(rows: readonly SettingRow[]): KeptSettings {
  const of = (scope: Scope): SettingTexts =>
    Object.fromEntries(rows.filter((row) => row.scope === scope).map(({ name, value }) => [name, value]));
  return { persistent: of('persistent'), transient: of('transient') };
}
