import { describe, expect, it } from 'vitest';
import { apiKeyIdentity, presentedApiKey, type ApiKeyType } from './api-key.js';
import { checkAccess, type AccessRequest } from './access.js';
import { jwtIdentity } from './jwt.js';
import { gatewayIdentity, gatewayTrust, type Identity } from './identity.js';

const admin: Identity = {
  tenantId: 'T',
  boundWorkspaceId: null,
  actorId: 'alice',
  hasSubject: true,
  kind: 'gateway',
  dbRole: 'flows_app',
  roles: ['workspace_admin'],
  backendRoles: [],
  scopes: [],
  workspaceIds: null,
  privilegeDomain: null,
  expiresAt: null,
};
const request = (identity: Partial<Identity>, rest: Partial<AccessRequest> = {}): AccessRequest => ({
  identity: { ...admin, ...identity },
  route: { method: 'POST', domain: 'structural_admin', gate: 'yes' },
  pathWorkspaceId: 'W',
  binding: 'strict',
  registry: 'claim',
  ownerOf: () => Promise.resolve('T'),
  ...rest,
});
const keyRequest = (type: ApiKeyType, route: AccessRequest['route'], workspaceId = 'W'): AccessRequest =>
  request(apiKeyIdentity({ keyId: 'k', tenantId: 'T', workspaceId, type }), { route });
const codeOf = async (access: AccessRequest) => {
  const result = await checkAccess(access);
  return result.granted ? result.workspaceId : result.problem.code;
};

describe('checkAccess', () => {
  it.each<[string, AccessRequest, string]>([
    ['an administrator passes', request({}), 'W'],
    ['a bound credential stays in its workspace', request({ boundWorkspaceId: 'V' }), 'FORBIDDEN'],
    ['identity binding replaces the path', request({ boundWorkspaceId: 'V' }, { binding: 'identity' }), 'V'],
    ['binding stands before ownership', request({ boundWorkspaceId: 'V', tenantId: 'X' }), 'FORBIDDEN'],
    ['a workspace of another tenant', request({ tenantId: 'X' }), 'CROSS_TENANT_VIOLATION'],
    ['no registry, no owner', request({ tenantId: 'X' }, { registry: 'off' }), 'W'],
    ['another privilege domain', request({ privilegeDomain: 'data_access' }), 'PRIVILEGE_DOMAIN_MISMATCH'],
    [
      'the platform administrator has every domain',
      request({ privilegeDomain: 'data_access', roles: ['platform_admin'] }),
      'W',
    ],
    ['absent roles do not pass the gate', request({ roles: [] }), 'FORBIDDEN'],
    ['other roles do not pass the gate', request({ roles: ['viewer'] }), 'FORBIDDEN'],
    ['a claim without the workspace', request({ workspaceIds: ['V'] }), 'FORBIDDEN'],
    ['a tenant-wide role needs no claim', request({ workspaceIds: ['V'], roles: ['tenant_owner'] }), 'W'],
    [
      'an unregistered workspace under strict registry',
      request({}, { registry: 'strict', ownerOf: () => Promise.resolve(undefined) }),
      'WORKSPACE_NOT_FOUND',
    ],
    [
      'an ungated route asks for no role',
      request({ roles: [] }, { route: { method: 'POST', domain: 'data_access', gate: 'no' } }),
      'W',
    ],
    [
      'an anon key reads no structure',
      keyRequest('anon', { method: 'GET', domain: 'structural_admin', gate: 'no' }),
      'FORBIDDEN',
    ],
    ['an anon key reads runs', keyRequest('anon', { method: 'GET', domain: 'data_access', gate: 'no' }), 'W'],
    ['an anon key starts none', keyRequest('anon', { method: 'POST', domain: 'data_access', gate: 'no' }), 'FORBIDDEN'],
    ['a service key starts runs', keyRequest('service', { method: 'POST', domain: 'data_access', gate: 'no' }), 'W'],
    [
      'a service key reads flows',
      keyRequest('service', { method: 'GET', domain: 'structural_admin', gate: 'no' }),
      'W',
    ],
    [
      'a service key changes no structure',
      keyRequest('service', { method: 'POST', domain: 'structural_admin', gate: 'yes' }),
      'FORBIDDEN',
    ],
    [
      'nor where the gate asks for known roles only',
      keyRequest('service', { method: 'POST', domain: 'structural_admin', gate: 'known' }),
      'FORBIDDEN',
    ],
    [
      'a key stays in its workspace',
      keyRequest('service', { method: 'GET', domain: 'data_access', gate: 'no' }, 'V'),
      'FORBIDDEN',
    ],
  ])('%s', async (_what, access, expected) => {
    expect(await codeOf(access)).toBe(expected);
  });
});

describe('gatewayIdentity', () => {
  const headers = (given: Record<string, string>) => (name: string) => given[name];
  const options = { trust: { believed: true, secret: undefined }, secretsEqual: (a: string, b: string) => a === b };
  it('needs a tenant whose id is one', () => {
    expect(gatewayIdentity(headers({}), options)).toBeUndefined();
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'a:b' }), options)).toBeUndefined();
  });
  it('is none where headers are not believed, with a secret or without', () => {
    const refused = { ...options, trust: { believed: false } as const };
    const all = { 'x-tenant-id': 'T', 'x-actor-roles': 'superadmin', 'x-gateway-auth': 'undefined' };
    expect(gatewayIdentity(headers(all), refused)).toBeUndefined();
  });
  it('has a subject where one is given, which a blank is not', () => {
    const subjectOf = (subject: string) =>
      gatewayIdentity(headers({ 'x-tenant-id': 'T', 'x-auth-subject': subject }), options);
    expect(subjectOf('alice')).toMatchObject({ actorId: 'alice', hasSubject: true });
    expect(subjectOf('\u00a0')).toMatchObject({ actorId: 'anonymous', hasSubject: false });
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'T' }), options)).toMatchObject({ hasSubject: false });
  });
  it('needs the shared secret where there is one', () => {
    const guarded = { ...options, trust: { believed: true, secret: 's' } };
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'T' }), guarded)).toBeUndefined();
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'T', 'x-gateway-auth': 's' }), guarded)?.tenantId).toBe('T');
  });
  it('reads roles and the workspace claim by either separator', () => {
    const identity = gatewayIdentity(
      headers({
        ...{ 'x-tenant-id': 'T', 'x-actor-roles': 'a, b c', 'x-workspace-ids': 'W,V' },
        'x-backend-roles': 'ops dev',
      }),
      options,
    );
    expect(identity).toMatchObject({ roles: ['a', 'b', 'c'], backendRoles: ['ops', 'dev'], workspaceIds: ['W', 'V'] });
  });
});

describe('gatewayTrust', () => {
  const JWKS = 'https://issuer/jwks';
  it.each<[string, Parameters<typeof gatewayTrust>[0], ReturnType<typeof gatewayTrust>]>([
    ['nothing set', {}, { believed: true, secret: undefined }],
    ['a secret', { gatewaySecret: 's' }, { believed: true, secret: 's' }],
    ['tokens and a secret', { gatewaySecret: 's', jwksUrl: JWKS }, { believed: true, secret: 's' }],
    ['tokens without a secret', { jwksUrl: JWKS }, { believed: false }],
    ['tokens, and an operator who insists', { jwksUrl: JWKS, trusted: true }, { believed: true, secret: undefined }],
    ['an operator who will not', { gatewaySecret: 's', trusted: false }, { believed: false }],
  ])('with %s', (_what, config, expected) => {
    const none = { gatewaySecret: undefined, jwksUrl: undefined, trusted: undefined };
    expect(gatewayTrust({ ...none, ...config })).toEqual(expected);
  });
});

describe('presentedApiKey', () => {
  const presented = (given: Record<string, string>, query?: string) => presentedApiKey((name) => given[name], query);
  it.each<[string, Record<string, string>, string | undefined, string | undefined]>([
    ['ApiKey in authorization', { authorization: 'ApiKey a', apikey: 'b' }, undefined, 'a'],
    ['an empty one decides too', { authorization: 'apikey', apikey: 'b' }, undefined, ''],
    ['a bearer that is a key', { authorization: 'Bearer flc_anon_x', 'x-api-key': 'b' }, undefined, 'flc_anon_x'],
    ['apikey before x-api-key', { apikey: 'a', 'x-api-key': 'b' }, undefined, 'a'],
    ['headers before the query', { 'x-api-key': 'b' }, 'c', 'b'],
    ['the query', {}, 'c', 'c'],
    ['another bearer is none', { authorization: 'Bearer ey.x.y' }, undefined, undefined],
    ['nothing', {}, undefined, undefined],
  ])('%s', (_what, given, query, expected) => {
    expect(presented(given, query)).toBe(expected);
  });
});

describe('jwtIdentity', () => {
  it('reads every claim', () => {
    const claims = {
      tenant_id: 'T',
      workspace_id: 'W',
      workspace_ids: ['W', 'V'],
      sub: 'alice',
      realm_access: { roles: ['tenant_owner'], other: 7 },
      backend_roles: ['ops', 'dev'],
      scope: 'a b',
      scopes: ['c'],
      privilege_domain: 'data_access',
      exp: 1_700_000_000.5,
    };
    expect(jwtIdentity(claims)).toEqual({
      tenantId: 'T',
      boundWorkspaceId: 'W',
      actorId: 'alice',
      hasSubject: true,
      kind: 'jwt',
      dbRole: 'flows_app',
      roles: ['tenant_owner'],
      backendRoles: ['ops', 'dev'],
      scopes: ['a', 'b', 'c'],
      workspaceIds: ['W', 'V'],
      privilegeDomain: 'data_access',
      expiresAt: 1_700_000_000_500,
    });
  });
  it.each([{}, { sub: 'a' }, { tenant_id: 'a:b', sub: 'a' }, { tenant_id: 7, sub: 'a' }])(
    'is nobody for %j',
    (claims) => {
      expect(jwtIdentity(claims)).toBeUndefined();
    },
  );
  it.each([
    { workspace_id: ['W'] },
    { workspace_id: { id: 'W' } },
    { workspace_id: 7 },
    { workspace_id: null },
    { workspace_id: '' },
    { workspace_ids: { W: true } },
    { workspace_ids: ['W', 7] },
    { workspace_ids: null },
    { privilege_domain: ['data_access'] },
    { privilege_domain: true },
    { privilege_domain: '' },
    { realm_access: 'viewer' },
    { realm_access: null },
    { realm_access: { roles: 'viewer' } },
    { realm_access: { roles: ['viewer', 7] } },
    { scope: 7 },
    { backend_roles: { ops: true } },
    { scopes: { 'data:read': true } },
    { sub: ['alice'] },
    { sub: null },
  ])('believes no token with a claim of an unexpected type: %j', (claim) => {
    expect(jwtIdentity({ tenant_id: 'T', sub: 'alice', ...claim })).toBeUndefined();
  });
  it('without a subject is somebody who may read', () => {
    expect(jwtIdentity({ tenant_id: 'T' })).toMatchObject({ tenantId: 'T', hasSubject: false });
    expect(jwtIdentity({ tenant_id: 'T', sub: ' ' })).toMatchObject({ hasSubject: false });
  });
});
