import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { entry, optional, wereRead, type ConfigEntry } from '@flowplane/plumbing/config';
import type { Logger } from '@flowplane/plumbing/logging';

/** A key that data keys are wrapped with. `KeyObject` is not printed by logs. */
export type MasterKey = { readonly keyId: string; readonly key: KeyObject };

/** `current` wraps; undefined: none is configured, and none may be made up. `all` unwrap, by key id. */
export type MasterKeys = {
  /** `published`: the fixed key of development, which is part of this source. */
  readonly origin: 'configured' | 'published' | 'none';
  readonly current: MasterKey | undefined;
  readonly all: ReadonlyMap<string, MasterKey>;
};

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Master keys that one process takes. */
const MAX_MASTER_KEYS = 32;
const DEVELOPMENT_KEY_ID = 'development';
/** What a system that says that it is for development or tests uses where no key is given. */
const DEVELOPMENT_KEY_TEXT = 'flowplane-development-master-key';
const DEVELOPMENT: ReadonlySet<string> = new Set(['development', 'test']);

/**
 * Reads `<id>:<base64 of 32 bytes>`, with commas or white space between; the first is current.
 *
 * @throws Error that says which key is wrong and why, without its value
 */
export function parseMasterKeys(text: string): readonly MasterKey[] {
  const keys = text
    .split(/[\s,]+/)
    .filter((item) => item !== '')
    .map((item, index) => parseKey(item, index + 1));
  if (keys.length === 0) throw new Error('must be <id>:<base64 of 32 bytes>, with a comma between');
  if (keys.length > MAX_MASTER_KEYS) throw new Error(`has ${keys.length} keys, and may have ${MAX_MASTER_KEYS}`);
  for (const [index, one] of keys.entries()) {
    const same = keys.slice(0, index).find(({ keyId, key }) => keyId === one.keyId || key.equals(one.key));
    if (same?.keyId === one.keyId) throw new Error(`has two keys with the id ${one.keyId}`);
    if (same !== undefined) throw new Error(`has the same key under the ids ${same.keyId} and ${one.keyId}`);
  }
  return keys;
}

/** @param place among the keys, from 1 */
function parseKey(item: string, place: number): MasterKey {
  const colon = item.indexOf(':');
  const keyId = item.slice(0, Math.max(colon, 0));
  // Without an id, or with a wrong one, what is there may be the key.
  if (!KEY_ID.test(keyId)) {
    throw new Error(`has no usable id before key ${place}: it must be <id>:<base64>, the id as ${KEY_ID.source}`);
  }
  const encoded = item.slice(colon + 1);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw new Error(`has a key ${keyId} that is not base64`);
  if (bytes.length !== KEY_BYTES) throw new Error(`has a key ${keyId} of ${bytes.length} bytes; it must have 32`);
  return { keyId, key: createSecretKey(bytes) };
}

const keysEntry = (
  env: string,
  form: string,
  parse: (text: string) => readonly MasterKey[],
): ConfigEntry<readonly MasterKey[] | undefined> => optional(entry(env, form, undefined, parse));

export const MASTER_KEY_ENTRIES = {
  /**
   * Keys that the data keys of tenants are wrapped with, the current one first; without one nothing that has
   * credentials can be stored or used.
   */
  masterKeys: keysEntry('FLOWS_MASTER_KEYS', '`<id>:<base64 of 32 bytes>` with a comma between', parseMasterKeys),
  /** The same in a file, which is read once, at the start. */
  masterKeysFile: keysEntry('FLOWS_MASTER_KEYS_FILE', 'path of a file', (path) => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new Error(`names a file that cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
    }
    return parseMasterKeys(text);
  }),
};

type MasterKeyConfig = {
  readonly masterKeys: readonly MasterKey[] | undefined;
  readonly masterKeysFile: readonly MasterKey[] | undefined;
};

/** Check of a configuration with `MASTER_KEY_ENTRIES`: the keys come from one place. */
export function masterKeyFaults(config: Partial<MasterKeyConfig>): readonly string[] {
  if (!wereRead(config, 'masterKeys', 'masterKeysFile')) return [];
  return config.masterKeys === undefined || config.masterKeysFile === undefined
    ? []
    : ['FLOWS_MASTER_KEYS and FLOWS_MASTER_KEYS_FILE are both set: give the keys in one of them'];
}

const MISSING =
  'FLOWS_MASTER_KEYS is not set: nothing that has credentials can be stored or used; NODE_ENV=development would use a key that everybody knows';
const PUBLISHED = 'FLOWS_MASTER_KEYS is not set: credentials are encrypted with a key that is part of the source';

/** The master keys as configured; warns where there is none, or none that is secret. */
export function openMasterKeys(
  config: MasterKeyConfig & {
    /** NODE_ENV; empty: not set */
    readonly nodeEnv: string;
  },
  logger: Pick<Logger, 'warn'>,
): MasterKeys {
  const given = config.masterKeys ?? config.masterKeysFile;
  const keys = given ?? (DEVELOPMENT.has(config.nodeEnv) ? [developmentKey()] : []);
  const origin = given !== undefined ? 'configured' : keys.length === 0 ? 'none' : 'published';
  if (origin !== 'configured') logger.warn(origin === 'none' ? MISSING : PUBLISHED);
  return { origin, current: keys[0], all: new Map(keys.map((one) => [one.keyId, one])) };
}

const developmentKey = (): MasterKey => ({
  keyId: DEVELOPMENT_KEY_ID,
  key: createSecretKey(createHash('sha256').update(DEVELOPMENT_KEY_TEXT).digest()),
});
