import { expect, it } from 'vitest';
import { ROUTES, type RouteSpec } from '../api/routes.js';
import { apiKeyIdentity } from './api-key.js';
import { checkAccess } from './access.js';
import { TEMPLATE_ROUTES } from '../api/template-routes.js';
import { grantedRoutes, grantedTemplateRoutes } from './granted-routes.js';
import type { Identity } from './identity.js';

const somebody: Identity = {
  tenantId: 'T',
  boundWorkspaceId: null,
  actorId: 'alice',
  hasSubject: true,
  kind: 'gateway',
  dbRole: 'flows_app',
  roles: [],
  backendRoles: [],
  scopes: [],
  workspaceIds: null,
  privilegeDomain: null,
  expiresAt: null,
};
const key = (type: 'anon' | 'service') => apiKeyIdentity({ keyId: 'k', tenantId: 'T', workspaceId: 'W', type });

it.each<[string, Identity, string | undefined, 'claim' | 'strict' | 'off']>([
  ['an owner', { ...somebody, roles: ['tenant_owner'] }, 'T', 'claim'],
  [
    'an administrator of another workspace',
    { ...somebody, roles: ['workspace_admin'], workspaceIds: ['V'] },
    'T',
    'claim',
  ],
  ['a viewer', { ...somebody, roles: ['viewer'] }, 'T', 'claim'],
  ['a caller without roles', somebody, 'T', 'claim'],
  ['a credential for run data', { ...somebody, roles: ['tenant_owner'], privilegeDomain: 'data_access' }, 'T', 'claim'],
  [
    'a platform administrator',
    { ...somebody, roles: ['platform_admin'], privilegeDomain: 'data_access' },
    'T',
    'claim',
  ],
  ['an anon key', key('anon'), 'T', 'claim'],
  ['a service key', key('service'), 'T', 'claim'],
  ['a stranger', { ...somebody, tenantId: 'S', roles: ['tenant_owner'] }, 'T', 'claim'],
  ['an owner where nobody registered the workspace', { ...somebody, roles: ['tenant_owner'] }, undefined, 'strict'],
  ['an owner without a registry', { ...somebody, roles: ['tenant_owner'] }, undefined, 'off'],
])('%s may do what the checks of its requests grant, and nothing else', async (_who, identity, owner, registry) => {
  const told = grantedRoutes(identity, 'W', owner, registry);
  const asked: string[] = [];
  for (const [name, route] of Object.entries<RouteSpec>(ROUTES)) {
    const ownerOf = () => Promise.resolve(owner);
    const checked = { identity, route, registry, ownerOf, pathWorkspaceId: 'W', binding: 'strict' as const };
    if (name !== 'receiveWebhook' && (await checkAccess(checked)).granted) asked.push(name);
  }
  expect(told).toEqual(asked);
});

it('without a subject only reads are let in', () => {
  const nameless = { ...somebody, hasSubject: false, roles: ['tenant_owner'] };
  const told = grantedRoutes(nameless, 'W', 'T', 'claim');
  expect(told).toContain('validateFlow');
  expect(told.filter((name) => ROUTES[name].command)).toEqual([]);
});

it.each([['anon', ['getCommand', 'getExecution', 'getExecutionValue', 'listExecutions', 'streamExecution']]])(
  'an %s key reads run data',
  (type, names) => {
    expect(grantedRoutes(key(type as 'anon'), 'W', 'T', 'claim')).toEqual(expect.arrayContaining(names));
    expect(grantedRoutes(key(type as 'anon'), 'W', 'T', 'claim')).not.toContain('listFlows');
  },
);

it('of templates a caller may change what the roles of structure may, and read with any other', () => {
  const told = (identity: Identity, areEnabled = true) => grantedTemplateRoutes(identity, areEnabled);
  const gated = (...gates: readonly string[]) =>
    Object.entries(TEMPLATE_ROUTES).flatMap(([name, { gate }]) => (gates.includes(gate) ? [name] : []));
  expect(told({ ...somebody, roles: ['workspace_admin'] })).toEqual(gated('read', 'write'));
  expect(told({ ...somebody, roles: ['platform_admin'] })).toEqual(gated('read', 'write', 'operator'));
  expect(told({ ...somebody, roles: ['viewer'] })).toEqual(gated('read'));
  expect(told(key('service'))).toEqual(gated('read'));
  expect(told(key('anon'))).toEqual([]);
  expect(told({ ...somebody, roles: ['tenant_owner'], privilegeDomain: 'data_access' })).toEqual([]);
  expect(told({ ...somebody, roles: ['platform_admin'] }, false)).toEqual(gated('operator'));
  expect(grantedTemplateRoutes('anybody', true)).toEqual(gated('read', 'write', 'operator'));
  expect(grantedTemplateRoutes('anybody', false)).toEqual(gated('operator'));
});
