import { unwrap, type DataKey, type WrappedKey } from './data-keys.js';
import { SecretUnreadable } from './errors.js';
import type { MasterKeys } from './master-keys.js';
import { open } from './seal.js';

/** A secret as it is stored, with its key. */
export type SealedRow = WrappedKey & { readonly secret_id: string; readonly ciphertext: Buffer };

/**
 * Opens rows of one tenant, each key once.
 *
 * @returns throws MasterKeyMissing, DataKeyUnreadable, SecretUnreadable
 */
export function makeRowOpener(masterKeys: MasterKeys, tenantId: string): (row: SealedRow) => Buffer {
  const keys = new Map<string, DataKey>();
  return (row) => {
    const key = keys.get(row.key_id) ?? unwrap(masterKeys, tenantId, row);
    keys.set(row.key_id, key);
    const plain = open(key.key, ['secret', tenantId, row.secret_id], row.ciphertext);
    if (plain === undefined) throw new SecretUnreadable(tenantId, row.secret_id);
    return plain;
  };
}
