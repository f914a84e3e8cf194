import { sealSecret, secretKeyOf, secretKeysOf, webhookSignature } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { triggerInput } from '../trigger-input.js';
import { deliveryIdOf } from './delivery-command.js';
import { makeVerifyDelivery } from './verify-delivery.js';

const body = Buffer.from('{}');
const sealed = (secretId: string, plain: string, key = 'key') =>
  sealSecret(secretKeyOf(key), { secretId, plain, iv: Buffer.alloc(12, secretId) });
const trigger = (...secrets: readonly ReturnType<typeof sealed>[]) => ({
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', triggerId: 'F:webhook:default', filter: null, dedupeKey: null },
  secrets,
});
const keys = (triggerSecretKey?: string, nodeEnv = 'test') =>
  secretKeysOf({ triggerSecretKey, nodeEnv, previousTriggerSecretKeys: [] });

it('tells by which secret a body was signed, and refuses everything else alike', () => {
  const verify = makeVerifyDelivery(keys('key'));
  const both = trigger(sealed('now', 'a'.repeat(64)), sealed('before', 'b'.repeat(64)));
  expect(verify([both], body, webhookSignature('a'.repeat(64), body))?.secretId).toBe('now');
  expect(verify([both], body, webhookSignature('b'.repeat(64), body))?.secretId).toBe('before');
  for (const signature of [
    undefined,
    '',
    'sha256=',
    webhookSignature('c', body),
    webhookSignature('f'.repeat(64), body),
  ]) {
    expect(verify([both], body, signature)).toBeUndefined();
    expect(verify([], body, signature)).toBeUndefined();
  }
  const upper = webhookSignature('a'.repeat(64), body).toUpperCase();
  expect(verify([both], body, upper)).toBeUndefined();
  const unreadable = trigger(sealed('now', 'a'.repeat(64), 'lost'));
  expect(verify([unreadable], body, webhookSignature('f'.repeat(64), body))).toBeUndefined();
});

it('verifies nothing in production without a key', () => {
  const own = trigger(sealed('now', 'a'.repeat(64), 'f'.repeat(64)));
  const signature = webhookSignature('a'.repeat(64), body);
  expect(makeVerifyDelivery(keys(undefined, 'production'))([own], body, signature)).toBeUndefined();
});

it.each([
  ['', {}],
  ['{"a":1}', { a: 1 }],
  ['[1]', { raw: [1] }],
  ['"x"', { raw: 'x' }],
  ['not json', { raw: 'not json' }],
  ['{"a":1e999}', { raw: '{"a":1e999}' }],
  ['{"id":3544790567247868102,"n":[-9007199254740993]}', { id: '3544790567247868102', n: ['-9007199254740993'] }],
  ['9007199254740993', { raw: '9007199254740993' }],
  ['\ufeff{"a":1}', { a: 1 }],
  [`${'['.repeat(600)}${']'.repeat(600)}`, { raw: `${'['.repeat(600)}${']'.repeat(600)}` }],
])('the body %s becomes an input', (text, input) => {
  expect(JSON.parse(triggerInput(Buffer.from(text)))).toEqual(input);
});

it('keeps delivery ids of reasonable length, and makes one where there is none', () => {
  const idOf = (id: string) =>
    deliveryIdOf({ headers: { 'x-platform-webhook-id': Buffer.from(id).toString('latin1') } });
  expect(idOf('order 1/é')).toBe('order 1/é');
  expect(idOf('x'.repeat(201))).toMatch(/^[0-9a-f]{64}$/);
  expect(deliveryIdOf({ headers: {} })).toMatch(/^[0-9a-f-]{36}$/);
});
