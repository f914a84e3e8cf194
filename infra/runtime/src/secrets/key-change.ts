import { inTransaction, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import {
  addCurrentKey,
  currentKey,
  currentMasterKey,
  makeDataKey,
  unwrap,
  wrap,
  type WrappedKey,
} from './data-keys.js';
import { DataKeyUnreadable, MasterKeyMissing, SecretUnreadable } from './errors.js';
import type { MasterKeys } from './master-keys.js';
import { seal } from './seal.js';
import { makeRowOpener, type SealedRow } from './sealed-rows.js';

/** How many there were, and how many could not be decrypted and are left as they were. */
export type Changed = { readonly changed: number; readonly unreadable: number };

/** Changes of keys. What is cut short at any place leaves everything readable, and the same call does the rest. */
export type KeyChanges = {
  /** Id of the master key that data keys are wrapped with; undefined: none is configured. */
  readonly masterKeyId: string | undefined;
  /** Tenants with a data key under another master key, or with a rotation that is not finished, in pages. */
  readonly waiting: () => AsyncIterable<readonly string[]>;
  readonly hasKey: (tenantId: string) => Promise<boolean>;
  /** Wraps the tenant's data keys with the current master key. @throws MasterKeyMissing when there is none */
  readonly rewrap: (tenantId: string) => Promise<Changed>;
  /**
   * Makes a new data key the tenant's current one. What is put from here on is encrypted with it; `reencrypt` does it with
   * the rest.
   *
   * @param keyId of the new key; one that the tenant has already changes nothing
   * @returns false when the tenant has no key: its first secret makes one
   * @throws MasterKeyMissing
   */
  readonly rotate: (tenantId: string, keyId: string) => Promise<boolean>;
  /**
   * Encrypts all secrets of the tenant with its current key, some in each transaction, and removes the keys that no secret
   * needs any more.
   *
   * @param signal ends it between two transactions, with its reason
   */
  readonly reencrypt: (tenantId: string, signal?: AbortSignal) => Promise<Changed>;
};

/** Tenants of a page, and secrets that are encrypted anew in one transaction. */
const PAGE = 100;
const BATCH = 200;

const WAITING = `
  SELECT DISTINCT tenant_id FROM secrets.data_keys
   WHERE (master_key_id <> $1 OR NOT is_current) AND tenant_id > $2 ORDER BY tenant_id LIMIT ${PAGE}`;
const KEYS_OF = 'SELECT key_id, master_key_id, wrapped FROM secrets.data_keys WHERE tenant_id = $1';
/** Several that do this at once do it one after the other. */
const LOCK_CURRENT = 'SELECT key_id FROM secrets.data_keys WHERE tenant_id = $1 AND is_current FOR NO KEY UPDATE';
const RETIRE = 'UPDATE secrets.data_keys SET is_current = false WHERE tenant_id = $1 AND is_current';
const REWRAP = `
  UPDATE secrets.data_keys SET master_key_id = $4, wrapped = $5
   WHERE tenant_id = $1 AND key_id = $2 AND master_key_id = $3`;
const UNDER_OTHER_KEYS = `
  SELECT s.secret_id, s.ciphertext, k.key_id, k.master_key_id, k.wrapped
    FROM secrets.sealed s JOIN secrets.data_keys k USING (tenant_id, key_id)
   WHERE s.tenant_id = $1 AND s.key_id <> $2 AND s.secret_id > $3
   ORDER BY s.secret_id LIMIT $4 FOR UPDATE OF s`;
const REENCRYPT = `
  UPDATE secrets.sealed s SET key_id = $2, ciphertext = t.ciphertext
    FROM unnest($3::text[], $4::bytea[]) AS t (secret_id, ciphertext)
   WHERE s.tenant_id = $1 AND s.secret_id = t.secret_id`;
/** Waits for transactions that are about to write a row with one of them. */
const LOCK_RETIRED =
  'SELECT key_id FROM secrets.data_keys WHERE tenant_id = $1 AND NOT is_current ORDER BY 1 FOR UPDATE';
const REMOVE_UNUSED = `
  DELETE FROM secrets.data_keys k WHERE k.tenant_id = $1 AND NOT k.is_current
     AND NOT EXISTS (SELECT 1 FROM secrets.sealed s WHERE s.tenant_id = k.tenant_id AND s.key_id = k.key_id)`;

/**
 * @param pool of the state database, with `SECRET_MIGRATIONS` applied
 * @param batch secrets that are encrypted anew in one transaction
 */
export function makeKeyChanges(pool: Pool, masterKeys: MasterKeys, batch = BATCH): KeyChanges {
  const keysOf = async (tenantId: string): Promise<readonly WrappedKey[]> =>
    (await pool.query<WrappedKey>(KEYS_OF, [tenantId])).rows;

  return {
    masterKeyId: masterKeys.current?.keyId,
    waiting: async function* () {
      const { keyId } = currentMasterKey(masterKeys);
      for (let after = ''; ;) {
        const { rows } = await pool.query<{ tenant_id: string }>(WAITING, [keyId, after]);
        const tenants = rows.map((row) => row.tenant_id);
        if (tenants.length > 0) yield tenants;
        if (tenants.length < PAGE) return;
        after = tenants.at(-1) as string;
      }
    },
    hasKey: async (tenantId) => (await keysOf(tenantId)).length > 0,
    rewrap: async (tenantId) => {
      const master = currentMasterKey(masterKeys);
      let changed = 0;
      let unreadable = 0;
      for (const stored of await keysOf(tenantId)) {
        if (stored.master_key_id === master.keyId) continue;
        const key = ifReadable(() => unwrap(masterKeys, tenantId, stored));
        if (key === undefined) {
          unreadable += 1;
          continue;
        }
        const values = [tenantId, stored.key_id, stored.master_key_id, master.keyId, wrap(master, tenantId, key)];
        changed += (await pool.query(REWRAP, values)).rowCount ?? 0;
      }
      return { changed, unreadable };
    },
    rotate: async (tenantId, keyId) => {
      currentMasterKey(masterKeys);
      return inTransaction(pool, async (client) => {
        if ((await client.query(LOCK_CURRENT, [tenantId])).rows.length === 0) return false;
        const { rows } = await client.query<WrappedKey>(KEYS_OF, [tenantId]);
        if (rows.some((row) => row.key_id === keyId)) return true;
        await client.query(RETIRE, [tenantId]);
        await addCurrentKey(client, masterKeys, tenantId, makeDataKey(keyId));
        return true;
      });
    },
    reencrypt: async (tenantId, signal) => {
      let changed = 0;
      for (;;) {
        const pass = await reencryptAll(pool, masterKeys, tenantId, batch, signal);
        changed += pass.changed;
        const left = await removeUnusedKeys(pool, tenantId);
        // What was put with the key before, while this went on, may be behind the place where it was looked for.
        if (left === 0 || pass.changed === 0) return { changed, unreadable: pass.unreadable };
      }
    },
  };
}

/** From the first secret to the last. */
async function reencryptAll(
  pool: Pool,
  masterKeys: MasterKeys,
  tenantId: string,
  batch: number,
  signal: AbortSignal | undefined,
): Promise<Changed> {
  let changed = 0;
  let unreadable = 0;
  for (let after = ''; ;) {
    signal?.throwIfAborted();
    const done = await inTransaction(pool, (client) => reencryptSome(client, masterKeys, tenantId, after, batch));
    changed += done.changed;
    unreadable += done.unreadable;
    if (done.last === undefined) return { changed, unreadable };
    after = done.last;
  }
}

/** @returns `last`: the secret to go on behind; undefined: none is left */
async function reencryptSome(
  client: PoolClient,
  masterKeys: MasterKeys,
  tenantId: string,
  after: string,
  batch: number,
): Promise<Changed & { readonly last: string | undefined }> {
  const key = await currentKey(client, masterKeys, tenantId);
  if (key === undefined) return { changed: 0, unreadable: 0, last: undefined };
  const { rows } = await client.query<SealedRow>(UNDER_OTHER_KEYS, [tenantId, key.keyId, after, batch]);
  const open = makeRowOpener(masterKeys, tenantId);
  const anew = rows.flatMap((row): { readonly id: string; readonly ciphertext: Buffer }[] => {
    const plain = ifReadable(() => open(row));
    if (plain === undefined) return [];
    return [{ id: row.secret_id, ciphertext: seal(key.key, ['secret', tenantId, row.secret_id], plain) }];
  });
  if (anew.length > 0) {
    const values = [tenantId, key.keyId, anew.map(({ id }) => id), anew.map(({ ciphertext }) => ciphertext)];
    await client.query(REENCRYPT, values);
  }
  const last = rows.length < batch ? undefined : rows.at(-1)?.secret_id;
  return { changed: anew.length, unreadable: rows.length - anew.length, last };
}

/** @returns how many keys are left that are not current */
function removeUnusedKeys(pool: Pool, tenantId: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query(LOCK_RETIRED, [tenantId]);
    const removed = await client.query(REMOVE_UNUSED, [tenantId]);
    return rows.length - (removed.rowCount ?? 0);
  });
}

/** @returns undefined where a key is not at hand, or does not open what it should */
function ifReadable<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    const isUnreadable =
      cause instanceof MasterKeyMissing || cause instanceof DataKeyUnreadable || cause instanceof SecretUnreadable;
    if (isUnreadable) return undefined;
    throw cause;
  }
}
