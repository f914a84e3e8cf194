import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  openSecret,
  sealSecret,
  secretKeyOf,
  secretKeysOf,
  verifiesSignature,
  webhookSignature,
  withSecrets,
} from './webhook-secret.js';

const plain = 'ab'.repeat(32);
const iv = Buffer.from('000102030405060708090a0b', 'hex');
const keysOf = (triggerSecretKey: string | undefined, nodeEnv = 'test', previous: readonly string[] = []) =>
  secretKeysOf({ triggerSecretKey, nodeEnv, previousTriggerSecretKeys: previous });

describe('a webhook secret', () => {
  it('is opened by the key it was sealed with, present or previous, and by no other', () => {
    const sealed = sealSecret(secretKeyOf('old'), { secretId: 's', plain, iv });
    expect(Buffer.from(sealed.ciphertext, 'base64').subarray(0, 12)).toEqual(iv);
    expect(Buffer.from(sealed.ciphertext, 'base64')).toHaveLength(12 + 64 + 16);
    expect(openSecret(keysOf('old'), sealed)).toBe(plain);
    expect(openSecret(keysOf('new', 'test', ['old']), sealed)).toBe(plain);
    expect(openSecret(keysOf('new'), sealed)).toBeUndefined();
    const bytes = Buffer.from(sealed.ciphertext, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(openSecret(keysOf('old'), { ...sealed, ciphertext: bytes.toString('base64') })).toBeUndefined();
    expect(openSecret(keysOf('old'), { ...sealed, ciphertext: '' })).toBeUndefined();
  });

  it('takes a key of 32 bytes as it is, and any other by its SHA-256', () => {
    const text = 'k'.repeat(32);
    expect(secretKeyOf(text).key).toEqual(Buffer.from(text));
    expect(secretKeyOf('short').key).toEqual(createHash('sha256').update('short').digest());
  });

  it.each(['', 'production', 'prod', 'staging', 'Development', 'development ', 'dev', 'testing'])(
    'has no key where NODE_ENV is %j unless one is given, even when old ones are left',
    (nodeEnv) => {
      expect(keysOf(undefined, nodeEnv, ['old'])).toEqual({ origin: 'none', current: undefined, all: new Map() });
      expect(keysOf('key', nodeEnv)).toMatchObject({ origin: 'configured', current: secretKeyOf('key') });
    },
  );

  it.each(['development', 'test'])('has the key that everybody knows where NODE_ENV is %s', (nodeEnv) => {
    expect(keysOf(undefined, nodeEnv)).toMatchObject({ origin: 'published', current: { keyId: expect.any(String) } });
  });
});

it('a signature is over the raw bytes', () => {
  const body = Buffer.from('{"a": 1}');
  // openssl dgst -sha256 -hmac secret
  const known = 'sha256=9efa14a18410a57a432fbf0ce38d4bc33339036a64e57b8c86da0bb1e122d972';
  expect(webhookSignature('secret', body)).toBe(known);
  expect(verifiesSignature('secret', body, webhookSignature('secret', body))).toBe(true);
  expect(verifiesSignature('secret', Buffer.from('{"a":1}'), webhookSignature('secret', body))).toBe(false);
  expect(verifiesSignature('secret', body, '')).toBe(false);
});

it('answers get the secrets they have made', () => {
  const webhooks = [
    { triggerId: 'a', secret: null },
    { triggerId: 'b', secret: null },
  ];
  expect(withSecrets({ version: 1, triggers: { cron: [], webhooks } }, new Map([['b', plain]]))).toEqual({
    version: 1,
    triggers: { cron: [], webhooks: [webhooks[0], { triggerId: 'b', secret: plain }] },
  });
  expect(withSecrets({ triggerId: 'a', secret: null }, new Map([['a', plain]]))).toEqual({
    triggerId: 'a',
    secret: plain,
  });
});
