import { createHmac, randomBytes } from 'node:crypto';
import type { NewSecret, Secrets } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { orUnavailable } from '@flowplane/runtime/read-model';
import {
  DataKeyUnreadable,
  MasterKeyMissing,
  SecretMissing,
  SecretsTooLarge,
  SecretTaken,
  SecretUnreadable,
  secretIdAt,
  type SecretStore,
} from '@flowplane/runtime/secrets';

/** Names the secrets of one attempt of a command; their ids count from it. */
export function secretIds(commandId: string, attempt: number): { readonly owner: string; readonly next: () => string } {
  const owner = attempt === 1 ? commandId : `${commandId}-${attempt}`;
  let count = 0;
  // The ids that the store gives: the nth of a command.
  return { owner, next: () => secretIdAt(owner, count++) };
}

/**
 * Keeps secrets before the command that refers to them is appended.
 *
 * @param owner of their ids, which are those of `secretIds`, in order
 * @throws Refusal 413 PAYLOAD_TOO_LARGE, 503 SECRETS_UNAVAILABLE, STORE_UNAVAILABLE
 */
export async function keepSecrets(
  store: Pick<SecretStore, 'put'>,
  tenantId: string,
  owner: string,
  secrets: readonly NewSecret[],
): Promise<void> {
  if (secrets.length === 0) return;
  await readable(store.put({ tenantId, commandId: owner, values: secrets.map(({ text }) => text) }));
}

/** Clear texts of secrets. @throws Refusal 503 SECRETS_UNAVAILABLE, STORE_UNAVAILABLE */
export const clearTexts = (
  store: Pick<SecretStore, 'get'>,
  tenantId: string,
  ids: readonly string[],
): Promise<Secrets> => readable(store.get(tenantId, ids));

async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await orUnavailable(work);
  } catch (cause) {
    if (cause instanceof SecretsTooLarge) throw refusal('PAYLOAD_TOO_LARGE', { message: `${cause.message}.` });
    const isKeyless =
      cause instanceof MasterKeyMissing ||
      cause instanceof DataKeyUnreadable ||
      cause instanceof SecretUnreadable ||
      cause instanceof SecretMissing;
    throw isKeyless ? Object.assign(refusal('SECRETS_UNAVAILABLE'), { cause }) : cause;
  }
}

/** Of the secret that fingerprints of requests are made with. No command has this id. */
const FINGERPRINTS = 'fingerprints';
export const FINGERPRINT_SECRET = secretIdAt(FINGERPRINTS, 0);

/**
 * The fingerprint of a request, keyed with a secret of its tenant (ADR 60): the log has it, and nobody can find out by
 * trying which credential was in the request.
 *
 * @throws Refusal 503 SECRETS_UNAVAILABLE, STORE_UNAVAILABLE
 */
export async function keyedFingerprint(
  store: Pick<SecretStore, 'put' | 'get'>,
  tenantId: string,
  parts: readonly (string | Buffer)[],
): Promise<string> {
  const hash = createHmac('sha256', await fingerprintKey(store, tenantId));
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest('base64url');
}

/** Of several that make it at once, the first to write it wins. */
async function fingerprintKey(store: Pick<SecretStore, 'put' | 'get'>, tenantId: string): Promise<string> {
  const kept = async (): Promise<string> => {
    const texts = await readable(store.get(tenantId, [FINGERPRINT_SECRET]));
    return texts.get(FINGERPRINT_SECRET) as string;
  };
  try {
    return (await store.get(tenantId, [FINGERPRINT_SECRET])).get(FINGERPRINT_SECRET) as string;
  } catch (cause) {
    if (!(cause instanceof SecretMissing)) return readable(Promise.reject(cause));
  }
  const made = randomBytes(32).toString('base64url');
  try {
    await readable(store.put({ tenantId, commandId: FINGERPRINTS, values: [made] }));
    return made;
  } catch (cause) {
    if (cause instanceof SecretTaken) return kept();
    throw cause;
  }
}
