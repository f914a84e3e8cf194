import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { EncryptedSecret } from '../log/messages/index.js';

/** The master key that webhook secrets are encrypted with. `keyId` is derived from it and tells nothing of it. */
export type SecretKey = { readonly keyId: string; readonly key: Buffer };

/** `current` encrypts; undefined: none is configured, and none may be made up. `all` decrypt, by key id. */
export type SecretKeys = {
  /** `published`: the fixed key of development, which is part of this source. */
  readonly origin: 'configured' | 'published' | 'none';
  readonly current: SecretKey | undefined;
  readonly all: ReadonlyMap<string, SecretKey>;
};

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** Of an encryption, new for each. */
export const SECRET_IV_BYTES = 12;
/** Of a webhook secret, before it is written as hex. */
export const SECRET_BYTES = 32;

/** What a system that says that it is for development or tests uses where no key is given. */
const DEVELOPMENT_KEY = 'flowplane-development-trigger-key';
const DEVELOPMENT: ReadonlySet<string> = new Set(['development', 'test']);

/** @param text FLOW_TRIGGER_SECRET_KEY: taken as it is when it has 32 bytes in UTF-8, otherwise its SHA-256 (flows-api 10.2) */
export function secretKeyOf(text: string): SecretKey {
  const bytes = Buffer.from(text, 'utf8');
  const key = bytes.length === KEY_BYTES ? bytes : createHash('sha256').update(bytes).digest();
  return { key, keyId: createHmac('sha256', key).update('flowplane webhook secrets').digest('hex').slice(0, 16) };
}

export function secretKeysOf(config: {
  /** FLOW_TRIGGER_SECRET_KEY */
  readonly triggerSecretKey: string | undefined;
  /** FLOW_TRIGGER_SECRET_KEYS_PREVIOUS */
  readonly previousTriggerSecretKeys: readonly string[];
  /** NODE_ENV; empty: not set */
  readonly nodeEnv: string;
}): SecretKeys {
  const { triggerSecretKey } = config;
  const text = triggerSecretKey ?? (DEVELOPMENT.has(config.nodeEnv) ? DEVELOPMENT_KEY : undefined);
  const origin = text === undefined ? 'none' : triggerSecretKey === undefined ? 'published' : 'configured';
  const current = text === undefined ? undefined : secretKeyOf(text);
  // Without a current key nothing is verified either (flows-api 10.2), even when old ones are left.
  const all = current === undefined ? [] : [current, ...config.previousTriggerSecretKeys.map(secretKeyOf)];
  return { origin, current, all: new Map(all.map((one) => [one.keyId, one])) };
}

/**
 * @param secretId names the secret, however often it is encrypted
 * @param plain 64 hex characters
 * @param iv 12 random bytes, never used before
 */
export function sealSecret(
  { key, keyId }: SecretKey,
  { secretId, plain, iv }: { readonly secretId: string; readonly plain: string; readonly iv: Buffer },
): EncryptedSecret {
  const cipher = createCipheriv(CIPHER, key, iv);
  const parts = [iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return { secretId, keyId, ciphertext: Buffer.concat(parts).toString('base64') };
}

/** The secret's text; undefined when its key is not at hand or the ciphertext is not what that key made. */
export function openSecret({ all }: SecretKeys, { keyId, ciphertext }: EncryptedSecret): string | undefined {
  const sealed = Buffer.from(ciphertext, 'base64');
  const found = all.get(keyId);
  if (found === undefined || sealed.length <= SECRET_IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, found.key, sealed.subarray(0, SECRET_IV_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(SECRET_IV_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** `X-Platform-Webhook-Signature` of a body (flows-api 10.1). */
export const webhookSignature = (secret: string, body: Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Whether a signature is that of the body by the secret, in a time that tells nothing of either. */
export function verifiesSignature(secret: string, body: Buffer, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(webhookSignature(secret, body)), digest(given));
}

/** Puts plain secrets where a publish's or a rotation's answer has null. @param plain by trigger id */
export function withSecrets(
  result: Readonly<Record<string, unknown>>,
  plain: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  if (plain.size === 0) return result;
  const { triggerId, triggers } = result as {
    readonly triggerId?: string;
    readonly triggers?: { readonly webhooks: readonly { readonly triggerId: string }[] };
  };
  if (triggers === undefined) return { ...result, secret: plain.get(triggerId ?? '') ?? null };
  const webhooks = triggers.webhooks.map((one) => ({ ...one, secret: plain.get(one.triggerId) ?? null }));
  return { ...result, triggers: { ...triggers, webhooks } };
}
