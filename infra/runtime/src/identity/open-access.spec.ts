import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { makePool } from '@flowplane/plumbing/postgres';
import { openAccess } from './open-access.js';

// Nothing listens on port 1: every way to a store or a key set is closed.
const pool = makePool('postgres://nobody@127.0.0.1:1/none', { max: 1, applicationName: 'open-access-spec' });
afterAll(() => pool.end());
const access = openAccess(
  {
    gatewaySecret: undefined,
    jwksUrl: 'http://127.0.0.1:1/jwks',
    jwtIssuer: undefined,
    jwtAudience: undefined,
    workspaceBinding: 'strict',
    workspaceRegistry: 'claim',
  },
  pool,
  pino({ level: 'silent' }),
);
const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
const TOKEN = `${part({ alg: 'RS256', kid: 'k' })}.${part({ exp: 9_999_999_999 })}.${part({})}`;

it.each([
  ['an API key', { apikey: 'flc_anon_0123456789abcdef' }],
  ['a token', { authorization: `Bearer ${TOKEN}` }],
])('%s that cannot be checked is 503, never let in', async (_what, headers: Readonly<Record<string, string>>) => {
  await expect(access.identify((name) => headers[name])).rejects.toThrow(/503 STORE_UNAVAILABLE/);
});

it('what needs no store is judged without it', async () => {
  expect(await access.identify((name) => (name === 'apikey' ? 'no key at all' : undefined))).toBeUndefined();
  expect(await access.identify((name) => (name === 'x-tenant-id' ? 'T' : undefined))).toMatchObject({ tenantId: 'T' });
  await expect(access.ownerOf('W')).rejects.toThrow(/503 STORE_UNAVAILABLE/);
});
