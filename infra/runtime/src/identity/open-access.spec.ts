import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { refusal } from '@flowplane/plumbing/http';
import { makePool } from '@flowplane/plumbing/postgres';
import { openAccess, type AccessConfig } from './open-access.js';

// Nothing listens on port 1: every way to a store or a key set is closed.
const pool = makePool('postgres://nobody@127.0.0.1:1/none', { max: 1, applicationName: 'open-access-spec' });
afterAll(() => pool.end());
const access = openAccess(
  {
    host: '127.0.0.1',
    gatewaySecret: undefined,
    trustGatewayHeaders: true,
    jwtLeewayMs: 30_000,
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

describe('identity headers', () => {
  const CONFIG = {
    ...{ gatewaySecret: undefined, trustGatewayHeaders: undefined, jwksUrl: undefined, host: '127.0.0.1' },
    ...{ jwtIssuer: undefined, jwtAudience: undefined, jwtLeewayMs: 0 },
    ...({ workspaceBinding: 'strict', workspaceRegistry: 'claim' } as const),
  };
  const OPERATOR: Readonly<Record<string, string>> = { 'x-tenant-id': 'T', 'x-actor-roles': 'superadmin' };
  const open = (config: Partial<AccessConfig>) => {
    const warnings: string[] = [];
    const logger = { warn: (_fields: object, message: string) => void warnings.push(message) };
    const opened = openAccess({ ...CONFIG, ...config }, pool, logger as never);
    return { warnings, identify: () => opened.identify((name) => OPERATOR[name]), opened };
  };
  const JWKS = { jwksUrl: 'http://127.0.0.1:1/jwks' };

  it('make nobody where tokens are what callers prove themselves by, not even on a route for anybody', async () => {
    const { identify, opened } = open(JWKS);
    expect(await identify()).toBeUndefined();
    expect(await opened.identifyAny((name) => OPERATOR[name])).toBeUndefined();
  });

  it.each([
    ['an operator insists', { ...JWKS, trustGatewayHeaders: true }],
    ['there are no tokens', {}],
  ])('are believed where %s', async (_what, config) => {
    expect(await open(config).identify()).toMatchObject({ roles: ['superadmin'] });
  });

  it('are among the credentials that are taken where they are believed', () => {
    expect(open({}).opened.credentials).toEqual(['apiKey', 'gatewayHeaders']);
    expect(open(JWKS).opened.credentials).toEqual(['apiKey', 'bearer']);
  });

  it.each<[string, Partial<AccessConfig>, number]>([
    ['every address', { host: '0.0.0.0' }, 1],
    ['every address of IPv6', { host: '::' }, 1],
    ['every address, by one who insists', { ...JWKS, host: '0.0.0.0', trustGatewayHeaders: true }, 1],
    ['every address, not believing them', { ...JWKS, host: '0.0.0.0' }, 0],
    ['every address, with a secret', { host: '0.0.0.0', gatewaySecret: 'a secret' }, 0],
    ['loopback', { host: '127.0.0.1' }, 0],
    ['loopback of IPv6', { host: '::1' }, 0],
  ])('on %s', (_where, config, count) => {
    expect(open(config).warnings).toEqual(
      Array.from({ length: count }, () => expect.stringContaining('GATEWAY_SHARED_SECRET') as string),
    );
  });
});

it('a header that cannot be read is its own refusal', async () => {
  const unreadable = () => {
    throw refusal('INVALID_TEXT');
  };
  await expect(access.identify(unreadable)).rejects.toThrow(/400 INVALID_TEXT/);
});
