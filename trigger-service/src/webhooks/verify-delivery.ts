import {
  openSecret,
  sealSecret,
  SECRET_BYTES,
  SECRET_IV_BYTES,
  secretKeyOf,
  verifiesSignature,
  type EncryptedSecret,
  type SecretKeys,
} from '@flowplane/contracts';
import type { WebhookTrigger } from '@flowplane/runtime/read-model';

export type Verified = { readonly trigger: WebhookTrigger; readonly secretId: string };

/** Secrets of one trigger that may be in force at once. */
const PLACES = 2;
/** The substitute where there is no secret, no key or no signature: nobody knows it, and it verifies nothing. */
const NOBODYS = 'f'.repeat(2 * SECRET_BYTES);

/**
 * The trigger and secret that a signature was made with (flows-api 10.3). Every trigger costs the same, as does one that
 * does not exist: two secrets are decrypted and compared with, in constant time, whichever of them counts.
 */
export function makeVerifyDelivery(keys: SecretKeys) {
  const key = keys.current ?? secretKeyOf(NOBODYS);
  const standIn = sealSecret(key, { secretId: '', plain: NOBODYS, iv: Buffer.alloc(SECRET_IV_BYTES) });
  const known: SecretKeys = { ...keys, all: new Map([...keys.all, [key.keyId, key]]) };

  const verifies = (secret: EncryptedSecret | undefined, body: Buffer, signature: string): boolean => {
    const plain = openSecret(known, secret ?? standIn);
    const isRight = verifiesSignature(plain ?? NOBODYS, body, signature);
    return isRight && secret !== undefined && plain !== undefined && keys.current !== undefined;
  };
  return (triggers: readonly WebhookTrigger[], body: Buffer, signature: string | undefined): Verified | undefined => {
    let verified: Verified | undefined;
    for (const trigger of triggers.length === 0 ? [undefined] : triggers) {
      for (let place = 0; place < PLACES; place++) {
        const secret = trigger?.secrets[place];
        const isRight = verifies(secret, body, signature ?? '');
        if (isRight && trigger !== undefined && secret !== undefined)
          verified ??= { trigger, secretId: secret.secretId };
      }
    }
    return verified;
  };
}
