import { SecretMissing, SecretTaken, secretIdsOf, type SecretStore } from '@flowplane/runtime/secrets';
import { expect, test } from 'vitest';
import { FINGERPRINT_SECRET, keyedFingerprint, secretIds } from './kept-secrets.js';

/** A store in memory. @param rival value that another process puts first, when this one is about to */
function storeOf(rival?: string) {
  const kept = new Map<string, string>();
  const store: Pick<SecretStore, 'put' | 'get'> = {
    put: ({ tenantId, commandId, values }) => {
      const ids = secretIdsOf(commandId, values.length);
      if (rival !== undefined) {
        kept.set(ids[0] as string, rival);
        return Promise.reject(new SecretTaken(tenantId, ids[0] as string));
      }
      ids.forEach((id, index) => kept.set(id, values[index] as string));
      return Promise.resolve(ids);
    },
    get: (tenantId, ids) => {
      const missing = ids.filter((id) => !kept.has(id));
      return missing.length > 0 ? Promise.reject(new SecretMissing(tenantId, missing)) : Promise.resolve(kept);
    },
  };
  return { store, kept };
}

const print = (store: Pick<SecretStore, 'put' | 'get'>, ...parts: readonly string[]) =>
  keyedFingerprint(store, 'T', parts);

test('the same request of a tenant has one fingerprint, and any other has another', async () => {
  const { store } = storeOf();
  const first = await print(store, 'POST', '/w', 'body');
  expect(await print(store, 'POST', '/w', 'body')).toBe(first);
  for (const other of [
    ['POST', '/w', 'bodyx'],
    ['POST', '/wb', 'ody'],
    ['PUT', '/w', 'body'],
    ['POST', '/wbody', ''],
  ]) {
    expect(await print(store, ...other)).not.toBe(first);
  }
});

test('it says nothing to those who lack the key', async () => {
  expect(await print(storeOf().store, 'POST', '/w', 'body')).not.toBe(
    await print(storeOf().store, 'POST', '/w', 'body'),
  );
});

test('of several processes that make the key at once, all have the one that was written first', async () => {
  const { store, kept } = storeOf('first');
  const lost = await print(store, 'POST', '/w', 'body');
  expect(kept.get(FINGERPRINT_SECRET)).toBe('first');
  expect(await print(store, 'POST', '/w', 'body')).toBe(lost);
});

test('ids of secrets are those that the store gives, and each attempt has its own', () => {
  const first = secretIds('c', 1);
  expect([first.owner, first.next(), first.next()]).toEqual(['c', ...secretIdsOf('c', 2)]);
  const second = secretIds('c', 2);
  expect([second.owner, second.next()]).toEqual(['c-2', ...secretIdsOf('c-2', 1)]);
});
