import { randomBytes, randomUUID } from 'node:crypto';
import {
  openSecret,
  SECRET_BYTES,
  SECRET_IV_BYTES,
  sealSecret,
  withSecrets,
  type EncryptedSecret,
  type SealedSecret,
  type SecretKeys,
} from '@flowplane/contracts';

/** Secrets of webhooks as this process may make and tell them; in clear they are only ever in an answer. */
export type WebhookSecrets = {
  /** A new secret, encrypted; undefined where no key is configured. */
  readonly make: () => EncryptedSecret | undefined;
  /** Encrypts a secret with the present key; undefined where that or its own key is not at hand. */
  readonly rewrap: (secret: EncryptedSecret) => EncryptedSecret | undefined;
  /** Puts the text of sealed secrets into an answer. */
  readonly reveal: (
    result: Readonly<Record<string, unknown>>,
    sealed: readonly SealedSecret[],
  ) => Readonly<Record<string, unknown>>;
  readonly keyId: string | undefined;
};

export function makeWebhookSecrets(keys: SecretKeys): WebhookSecrets {
  const seal = (secretId: string, plain: string): EncryptedSecret | undefined =>
    keys.current === undefined
      ? undefined
      : sealSecret(keys.current, { secretId, plain, iv: randomBytes(SECRET_IV_BYTES) });
  return {
    keyId: keys.current?.keyId,
    make: () => seal(randomUUID(), randomBytes(SECRET_BYTES).toString('hex')),
    rewrap: (secret) => {
      const plain = openSecret(keys, secret);
      return plain === undefined ? undefined : seal(secret.secretId, plain);
    },
    reveal: (result, sealed) => {
      const plain = sealed.flatMap(({ triggerId, secret }): [string, string][] => {
        const text = openSecret(keys, secret);
        return text === undefined ? [] : [[triggerId, text]];
      });
      return withSecrets(result, new Map(plain));
    },
  };
}
