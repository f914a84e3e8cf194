import { apiKeyIdentity } from '@flowplane/contracts';
import { buildServer } from '@flowplane/plumbing/http';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
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
const credentials = {
  findApiKey: (key: string) =>
    Promise.resolve(
      key === KEY ? ({ keyId: 'k', tenantId: 'T', workspaceId: 'W', type: 'service' } as const) : undefined,
    ),
  verifyJwt: undefined,
  gatewayTrust: { believed: true, secret: undefined },
} as const;
const access = {
  identify: makeIdentifyCaller(credentials),
  identifyAny: makeIdentifyAny(credentials),
  binding: 'strict',
  registry: 'off',
  ownerOf: () => Promise.resolve(undefined),
} as const;
const whoIsIt = (call: SignedCall) =>
  Promise.resolve({ status: 200, body: { actor: call.identity?.actorId, mode: header(call, 'prefer') } });
for (const name of ['startExecution', 'listFlows', 'validateFlow'] as const) flowRoute(app, access, name, whoIsIt);
for (const name of ['createApiKey', 'listApiKeys'] as const) operatorRoute(app, access, name, whoIsIt);
signedRoute(app, access, 'receiveWebhook', whoIsIt);

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
    const { actorId } = apiKeyIdentity({ keyId: 'k', tenantId: 'T', workspaceId: 'W', type: 'service' });
    expect(await ask(START, { apikey: KEY })).toMatchObject({ outcome: '200', actor: actorId });
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
