import { DEFAULT_PROVISIONING_SETTINGS, type ProvisioningSettings } from '@flowplane/contracts';
import { buildServer, refusal } from '@flowplane/plumbing/http';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { makeIdentifyCaller } from '../identity/credentials.js';
import type { Answer } from './call.js';
import type { DeniedCall } from './denied-call.js';
import { prepareFlowRoutes } from './flow-route.js';
import { checkedValue } from './template-answer.js';
import { templateRoute, type TemplateAccessOptions, type TemplateCall } from './template-route.js';

const BASE = '/_plugins/_flow_framework/workflow';
const ADMIN = { 'x-tenant-id': 'T', 'x-actor-roles': 'tenant_owner', 'x-auth-subject': 'alice' };
const identify = makeIdentifyCaller({
  findApiKey: () => Promise.resolve(undefined),
  verifyJwt: undefined,
  gatewayTrust: { believed: true, secret: undefined },
});

const NAMES = ['createTemplate', 'getTemplate', 'templateStatus', 'searchTemplatesByGet', 'clusterSettings'] as const;

function server(
  handle: (call: TemplateCall) => Answer,
  options: Partial<TemplateAccessOptions> & { readonly set?: Partial<ProvisioningSettings> } = {},
) {
  const { set, ...access } = options;
  const app = buildServer({
    logger: pino({ level: 'silent' }),
    metrics: makeMetrics(),
    maxBodyBytes: 600,
    missing: () => Promise.resolve([]),
  });
  prepareFlowRoutes(app);
  const settings = () => ({ ...DEFAULT_PROVISIONING_SETTINGS, ...set });
  for (const name of NAMES) {
    const asked = { identify, auth: 'identity', foreignStatus: 403, settings, ...access } as const;
    templateRoute(app, asked, name, (call) => Promise.resolve().then(() => handle(call)));
  }
  return app;
}
const said = ({ tenantId, workspaceId, user, pairs, body, path, format }: TemplateCall): Answer => ({
  status: 200,
  body: {
    tenantId,
    workspaceId,
    user: { ...user },
    pairs: pairs.map((pair) => [...pair]),
    body: body.toString(),
    path,
    format,
  },
});
type App = ReturnType<typeof server>;
const ask = (app: App, headers: Record<string, string> = ADMIN, url = BASE, method: 'GET' | 'POST' | 'PUT' = 'POST') =>
  app.inject({ method, url, headers, payload: method === 'GET' ? '' : '{}' });

describe('who is let in to a route of templates', () => {
  it('a tenant, whose workspace nobody names, as a user with its backend roles', async () => {
    const answer = await ask(
      server(said),
      { ...ADMIN, 'x-backend-roles': 'ops,dev', 'x-workspace-id': 'W' },
      `${BASE}/?a=1&b=%20&a=2`,
    );
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        ...{ tenantId: 'T', workspaceId: '_tpl', body: '{}', path: `${BASE}/`, format: 'json' },
        user: { name: 'alice', backend_roles: ['ops', 'dev'], roles: ['tenant_owner'], custom_attribute_names: [] },
        pairs: [
          ['a', '1'],
          ['b', ' '],
          ['a', '2'],
        ],
      },
    ]);
  });

  it.each([
    ['nobody', {}, 'POST', BASE, 401, 'Missing tenant identity'],
    [
      'somebody without a role that changes something',
      { ...ADMIN, 'x-actor-roles': 'viewer' },
      ...(['POST', BASE, 403, 'no permissions for [cluster:admin/opensearch/flow_framework/workflow/create]'] as const),
    ],
    [
      'somebody of another privilege domain',
      { ...ADMIN, 'x-privilege-domain': 'data_access' },
      ...([
        'GET',
        `${BASE}/K1`,
        403,
        'no permissions for [cluster:admin/opensearch/flow_framework/workflow/get]',
      ] as const),
    ],
    [
      'a tenant that is no operator, from settings',
      ADMIN,
      ...(['PUT', '/_cluster/settings', 403, 'no permissions for [cluster:admin/settings/update]'] as const),
    ],
  ] as const)('%s is refused', async (_what, headers, method, url, status, error) => {
    const answer = await ask(server(said), headers, url, method);
    expect([answer.statusCode, answer.json()]).toEqual([status, { error }]);
  });

  it('a reader needs no role', async () => {
    const answer = await ask(server(said), { 'x-tenant-id': 'T' }, `${BASE}/K1`, 'GET');
    expect(answer.statusCode).toBe(200);
  });

  it('a refusal by role is recorded in the audit', async () => {
    const denied: DeniedCall[] = [];
    const app = server(said, { onDenied: (one) => denied.push(one) });
    await ask(app, { ...ADMIN, 'x-actor-roles': 'viewer' });
    expect(denied).toEqual([expect.objectContaining({ command: 'template.create', workspaceId: '_tpl' })]);
  });

  it('where nobody is asked who he is, all are one tenant and no user', async () => {
    const answer = await ask(server(said, { auth: 'none' }), { 'x-tenant-id': 'T' });
    expect(answer.json()).toMatchObject({ tenantId: 'default', user: {} });
  });

  it.each([
    [{}, 403, 'Tenant ID header is missing or has no value'],
    [{ 'x-tenant-id': 'a:b' }, 403, 'No permission to access this resource'],
    [{ 'x-tenant-id': 'T' }, 200, undefined],
  ])('where nobody is asked, but there are tenants: %j', async (headers, status, error) => {
    const app = server(said, { auth: 'none', set: { multiTenancyEnabled: true } });
    const answer = await ask(app, headers as Record<string, string>);
    expect([answer.statusCode, answer.json<{ error?: string }>().error]).toEqual([status, error]);
  });

  it('where provisioning is off nobody is, before anything else', async () => {
    const app = server(said, { set: { enabled: false } });
    const how = (answer: Awaited<ReturnType<typeof ask>>) => [
      answer.statusCode,
      answer.json<{ error: string }>().error,
    ];
    expect(how(await ask(app, {}))).toEqual([
      403,
      'This API is disabled. To enable it, set [plugins.flow_framework.enabled] to true.',
    ]);
    expect(how(await ask(app, {}, `${BASE}/K1`, 'GET'))).toEqual([
      403,
      'This API is disabled. To enable it, update the setting [plugins.flow_framework.enabled] to true.',
    ]);
  });
});

describe('what is answered', () => {
  it('is YAML where the request was', async () => {
    const app = server(said);
    const answer = await ask(app, { ...ADMIN, 'content-type': 'application/yaml' });
    expect(answer.headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(answer.body).toContain('format: yaml');
    const refused = await ask(app, { 'content-type': 'application/yaml' });
    expect(refused.body).toContain('error: Missing tenant identity');
  });

  it('is the body of a GET that is one of a search', async () => {
    const app = server(said);
    const payload = '{"query":{"match_all":{}}}';
    const search = { method: 'GET', url: `${BASE}/_search`, headers: ADMIN } as const;
    expect((await app.inject({ ...search, payload })).json()).toMatchObject({ body: payload });
    const large = await app.inject({ ...search, payload: 'x'.repeat(601) });
    expect([large.statusCode, large.json()]).toEqual([413, { error: 'The payload is too large.' }]);
  });

  it('is the form of the original for every refusal', async () => {
    const thrown = async (cause: () => never) => {
      const answer = await ask(server(cause));
      return [answer.statusCode, answer.json(), answer.headers['retry-after']];
    };
    const engine = { status: 400, message: 'no', type: 'illegal_argument_exception' } as const;
    const inEngineForm = { type: engine.type, reason: 'no' };
    expect(await thrown(() => checkedValue<never>({ ok: false, error: engine }))).toEqual([
      400,
      { error: { root_cause: [inEngineForm], ...inEngineForm }, status: 400 },
      undefined,
    ]);
    expect(
      await thrown(() => checkedValue<never>({ ok: false, error: { status: 501, message: 'not built' } })),
    ).toEqual([501, { error: 'not built' }, undefined]);
    const overloaded = () => {
      throw refusal('OVERLOADED', { retryAfterSeconds: 3 });
    };
    expect(await thrown(overloaded)).toEqual([503, { error: 'The control plane is behind.' }, '3']);
    const broken = () => {
      throw new Error('secret');
    };
    expect(await thrown(broken)).toEqual([500, { error: 'The control plane failed.' }, undefined]);
    const large = await server(said).inject({ method: 'POST', url: BASE, headers: ADMIN, payload: 'x'.repeat(601) });
    expect([large.statusCode, large.json()]).toEqual([413, { error: 'The payload is too large.' }]);
  });
});

it.each([
  [`${BASE}/K1`, 'Failed to get workflow.'],
  [`${BASE}/K1/_status`, 'Failed to get workflow status.'],
])('GET %s has a separate text for unexpected failures, and for nothing else', async (url, error) => {
  const answerTo = async (cause: Error) => {
    const app = server(() => {
      throw cause;
    });
    const answer = await ask(app, ADMIN, url, 'GET');
    return [answer.statusCode, answer.json(), answer.headers['retry-after']];
  };
  expect(await answerTo(new Error('broken'))).toEqual([500, { error }, undefined]);
  expect(await answerTo(refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }))).toEqual([503, { error }, '1']);
  expect(await answerTo(refusal('OVERLOADED'))).toEqual([503, { error: 'The control plane is behind.' }, undefined]);
});

it('settings stay reachable for operators while the feature is off', async () => {
  const app = server(said, { set: { enabled: false } });
  const operator = { ...ADMIN, 'x-actor-roles': 'platform_admin' };
  expect((await ask(app, operator)).statusCode).toBe(403);
  expect((await ask(app, operator, '/_cluster/settings', 'PUT')).statusCode).toBe(200);
  expect((await ask(app, ADMIN, '/_cluster/settings', 'PUT')).json()).toEqual({
    error: 'no permissions for [cluster:admin/settings/update]',
  });
});
