import { describe, expect, it } from 'vitest';
import { checkAccess, type AccessRequest } from './access.js';
import { gatewayIdentity, presentsApiKey, type Identity } from './identity.js';

const admin: Identity = {
  tenantId: 'T',
  boundWorkspaceId: null,
  actorId: 'alice',
  kind: 'gateway',
  dbRole: 'flows_app',
  roles: ['workspace_admin'],
  scopes: [],
  workspaceIds: null,
  privilegeDomain: null,
};
const request = (identity: Partial<Identity>, rest: Partial<AccessRequest> = {}): AccessRequest => ({
  identity: { ...admin, ...identity },
  route: { domain: 'structural_admin', gate: 'yes' },
  pathWorkspaceId: 'W',
  binding: 'strict',
  registry: 'claim',
  ownerOf: () => Promise.resolve('T'),
  ...rest,
});
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
      request({ roles: [] }, { route: { domain: 'data_access', gate: 'no' } }),
      'W',
    ],
    [
      'an anon key reads no structure',
      request({ kind: 'api-key', dbRole: 'flows_anon' }, { route: { domain: 'structural_admin', gate: 'no' } }),
      'FORBIDDEN',
    ],
  ])('%s', async (_what, access, expected) => {
    expect(await codeOf(access)).toBe(expected);
  });
});

describe('gatewayIdentity', () => {
  const headers = (given: Record<string, string>) => (name: string) => given[name];
  const options = { gatewaySecret: undefined, secretsEqual: (a: string, b: string) => a === b };
  it('needs a tenant whose id is one', () => {
    expect(gatewayIdentity(headers({}), options)).toBeUndefined();
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'a:b' }), options)).toBeUndefined();
  });
  it('needs the shared secret where there is one', () => {
    const guarded = { ...options, gatewaySecret: 's' };
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'T' }), guarded)).toBeUndefined();
    expect(gatewayIdentity(headers({ 'x-tenant-id': 'T', 'x-gateway-auth': 's' }), guarded)?.tenantId).toBe('T');
  });
  it('reads roles and the workspace claim by either separator', () => {
    const identity = gatewayIdentity(
      headers({ 'x-tenant-id': 'T', 'x-actor-roles': 'a, b c', 'x-workspace-ids': 'W,V' }),
      options,
    );
    expect(identity).toMatchObject({ roles: ['a', 'b', 'c'], workspaceIds: ['W', 'V'] });
  });
  it.each([
    { authorization: 'ApiKey x' },
    { authorization: 'Bearer flc_anon_x' },
    { apikey: 'x' },
    { 'x-api-key': 'x' },
  ])('sees an API key in %j', (given) => {
    expect(presentsApiKey(headers(given))).toBe(true);
  });
});
