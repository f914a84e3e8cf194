import { apiKeyIdentity, type ApiKeyRecord } from '@flowplane/contracts';
import { buildServer } from '@flowplane/plumbing/http';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { pino } from 'pino';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { makeIdentifyAny, makeIdentifyCaller } from '../identity/credentials.js';
import { flowRoute, operatorRoute, prepareFlowRoutes, signedRoute } from './flow-route.js';
import { header, type SignedCall } from './call.js';

const app = buildServer({
  logger: pino({ level: 'silent' }),
  metrics: makeMetrics(),
  maxBodyBytes: 1000,
  missing: () => Promise.resolve([]),
});
afterAll(() => app.close());
prepareFlowRoutes(app);

const KEY = 'flc_service_0123456789abcdef';
const RECORD = { keyId: 'k', tenantId: 'T', workspaceId: 'W', type: 'service' } as const;
const findApiKey = vi.fn<(key: string) => Promise<ApiKeyRecord | undefined>>((key) =>
  Promise.resolve(key === KEY ? RECORD : undefined),
);
const credentials = { findApiKey, verifyJwt: undefined, gatewayTrust: { believed: true, secret: undefined } } as const;
const access = {
  credentials: ['apiKey', 'gatewayHeaders'],
  identify: makeIdentifyCaller(credentials),
  identifyAny: makeIdentifyAny(credentials),
  binding: 'strict',
  registry: 'off',
  ownerOf: () => Promise.resolve(undefined),
} as const;
const whoIsIt = (call: SignedCall) =>
  Promise.resolve({ status: 200, body: { actor: call.identity?.actorId, mode: header(call, 'prefer') } });
for (const name of ['startExecution', 'listFlows', 'validateFlow', 'createFlow'] as const)
  flowRoute(app, access, name, whoIsIt);
for (const name of ['createApiKey', 'listApiKeys'] as const) operatorRoute(app, access, name, whoIsIt);
signedRoute(app, access, 'receiveWebhook', whoIsIt);
flowRoute(app, access, 'listVersions', async (call) => {
  lasting = call;
  return whoIsIt(call);
});
let lasting: SignedCall | undefined;

const BASE = '/v1/flows/workspaces/W';
const START = ['POST', `${BASE}/flows/f/executions`] as const;
const LIST = ['GET', `${BASE}/flows`] as const;
const GATEWAY = { 'x-tenant-id': 'T', 'x-actor-roles': 'platform_admin' };

async function ask([method, url]: readonly ['GET' | 'POST', string], headers: Readonly<Record<string, string>>) {
  const answer = await app.inject({ method, url, headers });
  const { code, actor, mode } = answer.json<Readonly<Record<string, string>>>();
  return { outcome: code === undefined ? '200' : `${answer.statusCode} ${code}`, actor, mode };
}

describe('a caller without a subject', () => {
  it.each([
    ['no header', {}],
    ['an empty one', { 'x-auth-subject': '' }],
    ['blanks', { 'x-auth-subject': '  ' }],
  ])('(%s) is let into no command', async (_what, subject) => {
    const headers = { ...GATEWAY, ...subject };
    expect(await ask(START, headers)).toMatchObject({ outcome: '401 UNAUTHENTICATED' });
    expect(await ask(['POST', '/v1/internal/flows/workspaces/W/api-keys'], headers)).toMatchObject({
      outcome: '401 UNAUTHENTICATED',
    });
  });

  it('may read, and have a flow checked', async () => {
    expect(await ask(LIST, GATEWAY)).toMatchObject({ outcome: '200' });
    expect(await ask(['POST', `${BASE}/flows/f/validate`], GATEWAY)).toMatchObject({ outcome: '200' });
    expect(await ask(['GET', '/v1/internal/flows/workspaces/W/api-keys'], GATEWAY)).toMatchObject({ outcome: '200' });
  });

  it('may deliver a webhook, which has an actor of itself, and use a key', async () => {
    expect(await ask(['POST', `${BASE}/triggers/webhooks/x`], GATEWAY)).toMatchObject({ outcome: '200' });
    const { actorId } = apiKeyIdentity(RECORD);
    expect(await ask(START, { apikey: KEY })).toMatchObject({ outcome: '200', actor: actorId });
  });
});

it('a call that lasts tells whether its caller would still be let in', async () => {
  expect(await ask(['GET', `${BASE}/flows/f/versions`], { apikey: KEY })).toMatchObject({ outcome: '200' });
  expect(await lasting?.isLetIn()).toBe(true);
  findApiKey.mockRejectedValueOnce(new Error('away'));
  expect(await lasting?.isLetIn()).toBe(true);
  findApiKey.mockResolvedValueOnce(undefined);
  expect(await lasting?.isLetIn()).toBe(false);
});

describe('a refusal says what would help', () => {
  const bodyOf = async ([method, url]: readonly ['GET' | 'POST', string], headers: Readonly<Record<string, string>>) =>
    (await app.inject({ method, url, headers })).json<Readonly<Record<string, unknown>>>();
  it('401 the credentials that are taken', async () => {
    const answers = [await bodyOf(LIST, {}), await bodyOf(LIST, { apikey: 'x' }), await bodyOf(START, GATEWAY)];
    for (const body of answers) expect(body['acceptedCredentials']).toEqual(['apiKey', 'gatewayHeaders']);
  });
  it('403 the roles that are asked for, where a role would do', async () => {
    const roles = async (route: readonly ['GET' | 'POST', string], headers: object) =>
      (await bodyOf(route, { ...GATEWAY, 'x-auth-subject': 'alice', ...headers }))['requiredRoles'];
    const create = ['POST', `${BASE}/flows`] as const;
    expect(await roles(create, { 'x-actor-roles': 'viewer' })).toContain('workspace_admin');
    expect(await roles(create, { 'x-actor-roles': 'workspace_admin', 'x-workspace-ids': 'V' })).toContain(
      'tenant_admin',
    );
    expect(await roles(['GET', '/v1/internal/flows/workspaces/W/api-keys'], { 'x-actor-roles': '' })).toEqual([
      'platform_admin',
      'superadmin',
    ]);
    expect(await roles(create, { 'x-privilege-domain': 'data_access', 'x-actor-roles': 'tenant_owner' })).toEqual([
      'platform_admin',
    ]);
    expect(await roles(create, { 'x-workspace-id': 'V' })).toBeUndefined();
  });
});

/** The bytes of a text as node hands them over in a header. */
const onTheWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

it.each([[START], [LIST]] as const)('a subject of more than 256 characters is refused: %j', async (route) => {
  const subject = (length: number) => ({ ...GATEWAY, 'x-auth-subject': 'x'.repeat(length) });
  expect(await ask(route, subject(256))).toMatchObject({ outcome: '200' });
  expect(await ask(route, subject(257))).toMatchObject({ outcome: '400 INVALID_TEXT' });
});

describe('a header', () => {
  it.each(['user:josé', '名前', '👍', 'plain'])('is text in UTF-8: %s', async (subject) => {
    expect(await ask(START, { ...GATEWAY, 'x-auth-subject': onTheWire(subject) })).toMatchObject({ actor: subject });
    expect(await ask(START, { ...GATEWAY, 'x-auth-subject': 'a', prefer: onTheWire(subject) })).toMatchObject({
      mode: subject,
    });
  });

  it.each(['x-auth-subject', 'x-actor-roles', 'x-workspace-id', 'x-privilege-domain', 'prefer'])(
    '%s that is no UTF-8 is refused',
    async (name) => {
      const headers = { ...GATEWAY, 'x-auth-subject': 'alice', [name]: 'jos\xe9' };
      expect(await ask(START, headers)).toMatchObject({ outcome: '400 INVALID_TEXT' });
    },
  );

  it('that nobody reads may be anything', async () => {
    expect(await ask(START, { ...GATEWAY, 'x-auth-subject': 'alice', 'user-agent': 'jos\xe9' })).toMatchObject({
      outcome: '200',
    });
  });
});
