import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { firstCredential, rememberNames } from './first-credential.js';

/** What a tab, or a browser, keeps. */
const store = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
};
const LOCAL = { gatewayHeaders: true, tenantId: 'demo', oidc: null };
const bob = { kind: 'gatewayHeaders', tenantId: 'acme', subject: 'bob' } as const;

beforeEach(() => {
  vi.stubGlobal('sessionStorage', store());
  vi.stubGlobal('localStorage', store());
});
afterEach(() => vi.unstubAllGlobals());

it('is whom the names say that were used last, until somebody signs out', async () => {
  rememberNames(bob);
  expect(await firstCredential(LOCAL)).toEqual(bob);
  rememberNames(null);
  expect(await firstCredential(LOCAL)).toBeNull();
});

it('is there again for somebody who goes on as whom the gateway names, and not for a key', async () => {
  rememberNames(null);
  rememberNames({ kind: 'apiKey', key: 'k' });
  expect(await firstCredential(LOCAL)).toBeNull();
  rememberNames({ kind: 'vouchedFor', subject: 'carol' });
  expect(await firstCredential(LOCAL)).toEqual({ kind: 'gatewayHeaders', tenantId: 'demo', subject: 'console' });
});
