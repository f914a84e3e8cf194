import { randomUUID } from 'node:crypto';
import type { AnswerOf } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, send, startRun } from './driver/api-client.js';
import type { Problem } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';
import { withDatabase } from './driver/log-totals.js';
import { startOidcProvider, type OidcServer } from './driver/oidc-provider.js';

type Key = { readonly keyId: string; readonly type: string; readonly key: string };
type Headers = Readonly<Record<string, string>>;

let oidc: OidcServer;
let services: IsolatedServices;
let runId: string;

const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
const OWNER = { 'x-tenant-id': 'acme', 'x-auth-subject': 'owner', 'x-actor-roles': 'tenant_owner' };
const WORKSPACE = '/v1/flows/workspaces/acme-main';
const INTERNAL = '/v1/internal/flows';

beforeAll(async () => {
  oidc = await startOidcProvider({
    admin: { tenant_id: 'acme', realm_access: { roles: ['tenant_owner'] } },
    bound: { tenant_id: 'acme', workspace_id: 'acme-other', realm_access: { roles: ['tenant_owner'] } },
    viewer: { tenant_id: 'acme', realm_access: { roles: ['viewer'] } },
    stranger: { tenant_id: 'globex', realm_access: { roles: ['tenant_owner'] } },
    reader: { tenant_id: 'acme', privilege_domain: 'data_access', realm_access: { roles: ['tenant_owner'] } },
    nobody: {},
  });
  services = await startServices({
    env: {
      FLOWS_QUOTAS: 'off',
      FLOWS_SSE_PING: '200ms',
      FLOWS_JWKS_URL: oidc.jwksUrl,
      FLOWS_TRUST_GATEWAY_HEADERS: '1',
      FLOWS_JWT_ISSUER: oidc.issuer,
      FLOWS_JWT_AUDIENCE: oidc.audience,
    },
  });
  const alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(alice, 'guarded', waitFlow('PT0S'));
  await publishFlow(alice, 'waiting', waitFlow('PT1H'));
  runId = (await startRun(alice, 'guarded')).executionId;
  await closedRun(alice, 'guarded', runId);
});

afterAll(async () => {
  await services?.close();
  await oidc?.close();
});

async function call<Body = Problem>(method: string, path: string, headers: Headers, body?: object) {
  return send<Body>(services.url + path, method, { headers, ...(body === undefined ? {} : { body }) });
}
const statusOf = async (method: string, path: string, headers: Headers, body?: object): Promise<string> => {
  const answer = await call<Partial<Problem>>(method, path, headers, body);
  return answer.status < 300 ? String(answer.status) : `${answer.status} ${answer.body.code}`;
};
const makeKey = async (type: string): Promise<Key> =>
  expectStatus(await call<Key>('POST', `${INTERNAL}/workspaces/acme-main/api-keys`, OPERATOR, { type }), 201);
const readsRuns = (headers: Headers): Promise<string> =>
  statusOf('GET', `${WORKSPACE}/flows/guarded/executions`, headers);
const startsRun = (headers: Headers): Promise<string> =>
  statusOf('POST', `${WORKSPACE}/flows/guarded/executions`, headers, {});
const readsFlows = (headers: Headers): Promise<string> => statusOf('GET', `${WORKSPACE}/flows`, headers);
const createsFlow = (headers: Headers): Promise<string> =>
  statusOf('POST', `${WORKSPACE}/flows`, headers, { name: 'made', flowId: `made-${randomUUID()}` });

describe('API keys', () => {
  it('may do what their type may, wherever they are sent', async () => {
    const [anon, service] = [await makeKey('anon'), await makeKey('service')];
    const ways = (key: string): readonly Headers[] => [
      { authorization: `ApiKey ${key}` },
      { authorization: `Bearer ${key}` },
      { apikey: key },
      { 'x-api-key': key },
    ];
    for (const headers of ways(anon.key)) {
      expect([await readsRuns(headers), await startsRun(headers)]).toEqual(['200', '403 FORBIDDEN']);
      expect([await readsFlows(headers), await createsFlow(headers)]).toEqual(['403 FORBIDDEN', '403 FORBIDDEN']);
    }
    for (const headers of ways(service.key)) {
      expect([await readsRuns(headers), await startsRun(headers)]).toEqual(['200', '201']);
      expect([await readsFlows(headers), await createsFlow(headers)]).toEqual(['200', '403 FORBIDDEN']);
    }
  });

  it('open streams by the query, and nothing else', async () => {
    const { key } = await makeKey('anon');
    const stream = await fetch(
      `${services.url}${WORKSPACE}/executions/${encodeURIComponent(runId)}/events?apikey=${key}`,
    );
    expect([stream.status, (await stream.text()).includes('stream-end')]).toEqual([200, true]);
    expect(await statusOf('GET', `${WORKSPACE}/flows/guarded/executions?apikey=${key}`, {})).toBe(
      '401 UNAUTHENTICATED',
    );
  });

  it('that are present and bad decide, whatever else is sent', async () => {
    const good = {
      'x-tenant-id': 'acme',
      'x-actor-roles': 'tenant_owner',
      authorization: `Bearer ${await oidc.token('admin')}`,
    };
    expect(await readsRuns({ ...good, 'x-api-key': 'flc_service_0123456789abcdef' })).toBe('401 UNAUTHENTICATED');
    expect(await readsRuns({ ...good, apikey: '' })).toBe('401 UNAUTHENTICATED');
    expect(await readsRuns(good)).toBe('200');
  });

  it('stay in their workspace and act under the name of their type', async () => {
    const { key } = await makeKey('service');
    expect(await statusOf('GET', '/v1/flows/workspaces/elsewhere/flows', { apikey: key })).toBe('403 FORBIDDEN');
    const started = await call<{ executionId: string }>('POST', `${WORKSPACE}/flows/guarded/executions`, {
      apikey: key,
    });
    const path = `${WORKSPACE}/audit?executionId=${encodeURIComponent(started.body.executionId)}`;
    const headers = OWNER;
    const { body } = await call<{ items: readonly { actorId: string }[] }>('GET', path, headers);
    expect(body.items.map(({ actorId }) => actorId)).toEqual(['apikey:service']);
  });

  it('are listed without the key, kept as a digest, and refused once removed', async () => {
    const made = await makeKey('service');
    await readsRuns({ apikey: made.key });
    const path = `${INTERNAL}/workspaces/acme-main/api-keys`;
    const listed = await call<{ items: readonly Partial<Key>[] }>('GET', path, OPERATOR);
    expect(listed.body.items.find(({ keyId }) => keyId === made.keyId)).toEqual({
      keyId: made.keyId,
      type: 'service',
      createdAt: expect.any(String),
      lastUsedAt: expect.any(String),
    });
    await withDatabase(services.env['FLOWS_STATE_DB_URL'], async (pool) => {
      const { rows } = await pool.query<{ row: string }>('SELECT k::text AS row FROM tenancy.api_keys k');
      expect(rows.some(({ row }) => row.includes(made.key) || row.includes(made.key.slice(-20)))).toBe(false);
    });
    expect(await statusOf('DELETE', `${INTERNAL}/api-keys/${made.keyId}`, OPERATOR)).toBe('200');
    expect(await readsRuns({ apikey: made.key })).toBe('401 UNAUTHENTICATED');
  });
});

it('an open stream ends once its key has been removed', async () => {
  const started = await call<{ executionId: string }>('POST', `${WORKSPACE}/flows/waiting/executions`, OWNER, {});
  const { key, keyId } = await makeKey('anon');
  const path = `${WORKSPACE}/executions/${encodeURIComponent(started.body.executionId)}/events`;
  const stream = await fetch(services.url + path, { headers: { apikey: key } });
  expect(stream.status).toBe(200);
  expect(await statusOf('DELETE', `${INTERNAL}/api-keys/${keyId}`, OPERATOR)).toBe('200');
  expect(await stream.text()).not.toContain('stream-end');
  expect(await readsRuns({ apikey: key })).toBe('401 UNAUTHENTICATED');
});

type Me = AnswerOf<'getMe'>;
const meOf = async (headers: Headers, query = ''): Promise<Me> =>
  expectStatus(await call<Me>('GET', `/v1/flows/me${query}`, headers), 200);
/** What a caller may do in a workspace, of these few. */
const LOOKED_AT = ['listFlows', 'createFlow', 'startExecution', 'getExecution'];
const allowed = ({ workspaces }: Me, workspaceId: string): readonly string[] | undefined =>
  workspaces
    .find((one) => one.workspaceId === workspaceId)
    ?.operations.filter((operation) => LOOKED_AT.includes(operation))
    .toSorted();

describe('who the caller is', () => {
  it('is answered for every way to authenticate, with what the caller may do where', async () => {
    const [anon, service] = [await makeKey('anon'), await makeKey('service')];
    const bearer = async (who: string): Promise<Me> => meOf({ authorization: `Bearer ${await oidc.token(who)}` });
    const owner = await meOf(OWNER);
    expect(owner).toMatchObject({ tenantId: 'acme', actorId: 'owner', credential: 'gateway', operator: false });
    expect([owner.roles, owner.workspaceId]).toEqual([['tenant_owner'], null]);
    expect(allowed(owner, 'acme-main')).toEqual(LOOKED_AT.toSorted());
    expect(await meOf({ apikey: anon.key })).toMatchObject({ actorId: 'apikey:anon', credential: 'api-key' });
    expect(allowed(await meOf({ apikey: anon.key }), 'acme-main')).toEqual(['getExecution']);
    const key = await meOf({ 'x-api-key': service.key });
    expect([key.workspaceId, key.workspaces.length]).toEqual(['acme-main', 1]);
    expect(allowed(key, 'acme-main')).toEqual(['getExecution', 'listFlows', 'startExecution']);
    const viewer = await bearer('viewer');
    expect([viewer.credential, viewer.roles]).toEqual(['jwt', ['viewer']]);
    expect(allowed(viewer, 'acme-main')).toEqual(['getExecution', 'listFlows', 'startExecution']);
    const reader = await bearer('reader');
    expect(reader.privilegeDomain).toBe('data_access');
    expect(allowed(reader, 'acme-main')).toEqual(['getExecution', 'startExecution']);
    expect((await bearer('bound')).workspaces.map(({ workspaceId }) => workspaceId)).toEqual(['acme-other']);
    expect((await meOf({ ...OPERATOR, 'x-tenant-id': 'acme' })).operator).toBe(true);
  });

  it('has what the caller may do with templates, as requests about them are answered', async () => {
    const base = '/_plugins/_flow_framework/workflow';
    const [anon, service] = [await makeKey('anon'), await makeKey('service')];
    const bearer = async (who: string): Promise<Headers> => ({ authorization: `Bearer ${await oidc.token(who)}` });
    const callers: readonly Headers[] = [
      ...[OWNER, { ...OPERATOR, 'x-tenant-id': 'acme' }, { apikey: anon.key }, { apikey: service.key }],
      ...[await bearer('viewer'), await bearer('reader')],
    ];
    const told: unknown[] = [];
    for (const headers of callers) {
      const { operations } = (await meOf(headers)).templates;
      const may = (operation: string): boolean => operations.some((one) => one === operation);
      const isLetIn = async (method: string, path: string): Promise<boolean> =>
        !['401', '403'].includes((await statusOf(method, path, headers)).slice(0, 3));
      const let3 = [
        await isLetIn('GET', `${base}/_steps`),
        await isLetIn('DELETE', `${base}/nothing`),
        await isLetIn('GET', '/_cluster/settings'),
      ];
      expect([may('templateSteps'), may('deleteTemplate'), may('getClusterSettings')]).toEqual(let3);
      told.push(let3);
    }
    expect(told).toEqual([
      ...[
        [true, true, false],
        [true, true, true],
        [false, false, false],
        [true, false, false],
      ],
      ...[
        [true, false, false],
        [false, false, false],
      ],
    ]);
  });

  it('is never told what other tenants have, whatever the credential claims', async () => {
    const stranger = { 'x-tenant-id': 'globex', 'x-auth-subject': 's', 'x-actor-roles': 'tenant_owner' };
    expect((await meOf(stranger)).workspaces).toEqual([]);
    expect((await meOf({ ...stranger, 'x-workspace-id': 'acme-main' })).workspaces).toEqual([]);
    const claims = { ...stranger, 'x-actor-workspace-ids': 'acme-main,globex-new,a:b,_tpl' };
    expect((await meOf(claims)).workspaces.map(({ workspaceId }) => workspaceId)).toEqual(['globex-new']);
  });

  it('comes in pages of workspaces, by name', async () => {
    const claims = { ...OWNER, 'x-actor-workspace-ids': 'acme-z,acme-a' };
    const first = await meOf(claims, '?page[size]=2');
    expect(first.workspaces.map(({ workspaceId }) => workspaceId)).toEqual(['acme-a', 'acme-main']);
    const rest = await meOf(claims, `?page[after]=${first.nextPageToken}`);
    expect(rest.workspaces.map(({ workspaceId }) => workspaceId).at(-1)).toBe('acme-z');
    expect(rest.nextPageToken).toBeNull();
    expect(await statusOf('GET', '/v1/flows/me?page[after]=x', OWNER)).toBe('400 INVALID_QUERY');
  });

  it('is nobody without a good credential', async () => {
    expect(await statusOf('GET', '/v1/flows/me', {})).toBe('401 UNAUTHENTICATED');
    expect(await statusOf('GET', '/v1/flows/me', { ...OWNER, apikey: 'flc_anon_0123456789abcdef' })).toBe(
      '401 UNAUTHENTICATED',
    );
  });
});

describe('operator routes', () => {
  it.each([
    ['nobody', {}, '401 UNAUTHENTICATED'],
    ['an owner of a tenant', OWNER, '403 FORBIDDEN'],
  ])('are closed to %s', async (_who, headers, expected) => {
    expect(await statusOf('POST', `${INTERNAL}/workspaces/acme-main/api-keys`, headers, { type: 'anon' })).toBe(
      expected,
    );
    expect(await statusOf('GET', `${INTERNAL}/workspaces/acme-main/api-keys`, headers)).toBe(expected);
    expect(await statusOf('DELETE', `${INTERNAL}/api-keys/x`, headers)).toBe(expected);
    expect(await statusOf('PUT', `${INTERNAL}/workspaces/acme-main`, headers, { tenantId: 'globex' })).toBe(expected);
  });

  it('say what is wrong with a body, an id, or an unknown workspace', async () => {
    const keys = (workspaceId: string): string => `${INTERNAL}/workspaces/${workspaceId}/api-keys`;
    expect(await statusOf('POST', keys('acme-main'), OPERATOR, { type: 'root' })).toBe('400 INVALID_JSON');
    expect(await statusOf('POST', keys('a%3Ab'), OPERATOR, { type: 'anon' })).toBe('400 INVALID_WORKSPACE_ID');
    expect(await statusOf('POST', keys('unheard-of'), OPERATOR, { type: 'anon' })).toBe('404 WORKSPACE_NOT_FOUND');
  });

  it('register a workspace for a tenant once, and never move it', async () => {
    const path = `${INTERNAL}/workspaces/registered`;
    for (const _time of [1, 2]) expect(await statusOf('PUT', path, OPERATOR, { tenantId: 'acme' })).toBe('200');
    expect(await statusOf('PUT', path, OPERATOR, { tenantId: 'globex' })).toBe('403 CROSS_TENANT_VIOLATION');
    expect(await statusOf('PUT', path, OPERATOR, { tenantId: 'a:b' })).toBe('400 INVALID_JSON');
  });
});

describe('tokens of an OpenID provider', () => {
  const bearer = async (clientId: string): Promise<Headers> => ({
    authorization: `Bearer ${await oidc.token(clientId)}`,
  });

  it.each([
    ['admin', '200', '201', '201'],
    ['viewer', '200', '201', '403 FORBIDDEN'],
    ['reader', '200', '201', '403 PRIVILEGE_DOMAIN_MISMATCH'],
    ['bound', '403 FORBIDDEN', '403 FORBIDDEN', '403 FORBIDDEN'],
    ['stranger', '403 CROSS_TENANT_VIOLATION', '403 CROSS_TENANT_VIOLATION', '403 CROSS_TENANT_VIOLATION'],
    ['nobody', '401 UNAUTHENTICATED', '401 UNAUTHENTICATED', '401 UNAUTHENTICATED'],
  ])('%s: reads runs %s, starts %s, creates a flow %s', async (clientId, reads, starts, creates) => {
    const headers = await bearer(clientId);
    expect([await readsRuns(headers), await startsRun(headers), await createsFlow(headers)]).toEqual([
      reads,
      starts,
      creates,
    ]);
  });

  it('that prove nothing are refused and never fall through to the gateway headers', async () => {
    const good = await oidc.token('admin');
    const [head, body, signature] = good.split('.') as [string, string, string];
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey);
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(privateKey)));
    const symmetric = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const changed = Buffer.from(JSON.stringify({ ...claims, tenant_id: 'globex' })).toString('base64url');
    const bad = ['x', '', forged, symmetric, unsigned, `${head}.${changed}.${signature}`, `${head}.${body}`];
    for (const token of bad) {
      const headers = { 'x-tenant-id': 'acme', 'x-actor-roles': 'tenant_owner', authorization: `Bearer ${token}` };
      expect(await readsRuns(headers)).toBe('401 UNAUTHENTICATED');
    }
  });
});

describe('the gateway’s headers', () => {
  it('name somebody in every command, in any script, and need not on reads', async () => {
    const { 'x-auth-subject': _subject, ...nameless } = OWNER;
    expect([await readsRuns(nameless), await startsRun(nameless)]).toEqual(['200', '401 UNAUTHENTICATED']);
    const jose = { ...OWNER, 'x-auth-subject': Buffer.from('user:josé').toString('latin1') };
    const flowId = `made-${randomUUID()}`;
    expect(await statusOf('POST', `${WORKSPACE}/flows`, jose, { name: 'made', flowId })).toBe('201');
    const { body } = await call<{ createdBy: string }>('GET', `${WORKSPACE}/flows/${flowId}`, OWNER);
    expect(body.createdBy).toBe('user:josé');
  });

  it('are not believed by services that have tokens and no secret', async () => {
    const { env } = services;
    await services.stop('projection-service');
    await services.start('projection-service', { ...env, FLOWS_TRUST_GATEWAY_HEADERS: '' });
    expect(await readsRuns(OWNER)).toBe('401 UNAUTHENTICATED');
    expect(await readsRuns({ authorization: `Bearer ${await oidc.token('admin')}` })).toBe('200');
  });
});
