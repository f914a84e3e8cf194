import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { makeIdentifyCaller } from '../identity/credentials.js';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { jsonObject, type Answer, type Call } from './call.js';
import { flowRoute, prepareFlowRoutes, type AccessOptions } from './flow-route.js';
import { minPosition, waitPreference } from './prefer.js';
import { refusal } from '@flowplane/plumbing/http';
import { buildServer } from '@flowplane/plumbing/http';

const access: AccessOptions = {
  identify: makeIdentifyCaller({
    findApiKey: () => Promise.resolve(undefined),
    verifyJwt: undefined,
    gatewayTrust: { believed: true, secret: undefined },
  }),
  binding: 'strict',
  registry: 'claim',
  ownerOf: (workspaceId) => Promise.resolve(workspaceId === 'theirs' ? 'other' : undefined),
};
const ADMIN = { 'x-tenant-id': 'T', 'x-actor-roles': 'tenant_owner', 'x-auth-subject': 'alice' };

function server(handle: (call: Call) => Answer, missing: readonly string[] = []) {
  const app = buildServer({
    logger: pino({ level: 'silent' }),
    metrics: makeMetrics(),
    maxBodyBytes: 600,
    maxJsonValues: 100,
    missing: () => Promise.resolve(missing),
  });
  prepareFlowRoutes(app);
  flowRoute(app, access, 'createFlow', (call) => Promise.resolve().then(() => handle(call)));
  return app;
}
const echo = (call: Call): Answer => ({ status: 200, body: { sent: jsonObject(call), workspace: call.workspaceId } });
const post = (app: ReturnType<typeof server>, options: { url?: string; headers?: object; payload?: string } = {}) =>
  app.inject({
    method: 'POST',
    url: options.url ?? '/v1/flows/workspaces/W/flows',
    headers: { ...ADMIN, ...options.headers },
    ...(options.payload === undefined ? {} : { payload: options.payload }),
  });

describe('buildServer', () => {
  it('decides unknown routes and methods before identity', async () => {
    const app = server(echo);
    for (const request of [
      { method: 'GET', url: '/nowhere' },
      { method: 'PUT', url: '/v1/flows/workspaces/W/flows' },
      { method: 'GET', url: '/v1/flows/workspaces/%zz/flows' },
    ] as const) {
      const response = await app.inject(request);
      expect([response.statusCode, response.json()]).toEqual([404, expect.objectContaining({ code: 'NO_ROUTE' })]);
      expect(response.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it.each([
    ['no identity', { 'x-tenant-id': '' }, '/v1/flows/workspaces/W/flows', 401, 'UNAUTHENTICATED'],
    ['an API key nobody knows', { apikey: 'flc_anon_x' }, '/v1/flows/workspaces/W/flows', 401, 'UNAUTHENTICATED'],
    ['a workspace id that is none', {}, '/v1/flows/workspaces/a%3Ab/flows', 400, 'INVALID_WORKSPACE_ID'],
    ['the workspace of templates', {}, '/v1/flows/workspaces/_tpl/flows', 400, 'INVALID_WORKSPACE_ID'],
    ['a foreign workspace', {}, '/v1/flows/workspaces/theirs/flows', 403, 'CROSS_TENANT_VIOLATION'],
    ['no role', { 'x-actor-roles': '' }, '/v1/flows/workspaces/W/flows', 403, 'FORBIDDEN'],
  ])('refuses %s before it looks at the body', async (_what, headers, url, status, code) => {
    const response = await post(server(echo), { url, headers, payload: '{not json' });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it.each([
    ['unparsable', '{x', 400, 'INVALID_JSON'],
    ['no object', '[1]', 400, 'INVALID_JSON'],
    ['nested beyond what can be written again', `{"x":${'['.repeat(501)}`, 400, 'INVALID_JSON'],
    ['too large', JSON.stringify({ x: 'y'.repeat(700) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses a body that is %s', async (_what, payload, status, code) => {
    const response = await post(server(echo), { payload, headers: { 'content-type': 'application/json' } });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it('refuses a body of more values than are read, whatever it is called, and says how many may be', async () => {
    const payload = `{"x":[${'0,'.repeat(99)}0]}`;
    for (const contentType of ['application/json', 'text/plain', '']) {
      const response = await post(server(echo), { payload, headers: { 'content-type': contentType } });
      expect([response.statusCode, response.json()]).toEqual([
        413,
        {
          code: 'PAYLOAD_TOO_LARGE',
          message: 'The body has more than 100 values: members of objects and items of lists, counted together.',
        },
      ]);
    }
    expect((await post(server(echo), { payload: payload.replace('0,', '') })).statusCode).toBe(200);
    expect((await post(server(echo), { payload, url: '/nowhere' })).statusCode).toBe(404);
    expect((await post(server(echo), { payload, headers: { 'x-tenant-id': '' } })).statusCode).toBe(401);
  });

  it('reads JSON under any content type, and no body as an empty object', async () => {
    const text = await post(server(echo), { payload: '{"a":1}', headers: { 'content-type': 'text/plain' } });
    expect(text.json()).toEqual({ sent: { a: 1 }, workspace: 'W' });
    expect((await post(server(echo))).json()).toEqual({ sent: {}, workspace: 'W' });
    expect(text.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it.each(['application/json,application/json', '', 'json', '/', 'application/json; charset', 'text/', ' '])(
    'reads JSON although its content type is none: %j',
    async (contentType) => {
      const headers = { 'content-type': contentType };
      const sent = await post(server(echo), { payload: '{"a":1}', headers });
      expect([sent.statusCode, sent.json()]).toEqual([200, { sent: { a: 1 }, workspace: 'W' }]);
      const bodiless = await post(server(echo), { headers });
      expect([bodiless.statusCode, bodiless.json()]).toEqual([200, { sent: {}, workspace: 'W' }]);
    },
  );

  it.each([
    ['application/yaml', 'application/yaml'],
    ['Application/YAML ; charset=utf-8', 'application/yaml'],
    ['application/json,application/yaml', ''],
    [undefined, ''],
  ])('tells its handler the media type of %s', async (contentType, mediaType) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const echo = server((call) => ({ status: 200, body: { mediaType: call.mediaType } }));
    expect((await post(echo, { payload: 'a: 1', headers })).json()).toEqual({ mediaType });
  });

  it('echoes a correlation id that is one, and makes one otherwise', async () => {
    const given = await post(server(echo), { headers: { 'x-correlation-id': 'abc.def:123' } });
    expect(given.headers['x-correlation-id']).toBe('abc.def:123');
    const made = await post(server(echo), { headers: { 'x-correlation-id': 'short' } });
    expect(made.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells a refusal from a fault, and shows nothing of a fault', async () => {
    const refused = await post(
      server(() => {
        throw refusal('QUOTA_EXCEEDED', { dimension: 'max_flows', retryAfterSeconds: 3 });
      }),
    );
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '3']);
    expect(refused.json()).toMatchObject({ code: 'QUOTA_EXCEEDED', dimension: 'max_flows' });
    const broken = await post(
      server(() => {
        throw new Error('password=hunter2');
      }),
    );
    expect([broken.statusCode, broken.body]).toEqual([500, expect.not.stringContaining('hunter2')]);
  });

  it('asks to come again when a store is away', async () => {
    const away = await post(
      server(() => {
        throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
      }),
    );
    expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '1']);
    expect(away.json()).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.not.stringContaining('10.0.0.1') });
  });

  it('is not ready while a dependency is missing, and says which', async () => {
    const response = await server(echo, ['log']).inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([503, { status: 'unavailable', missing: ['log'] }]);
    expect((await server(echo).inject('/readyz')).json()).toEqual({ status: 'ok' });
    expect((await server(echo, ['log']).inject('/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('counts requests under the templates of their routes, and nobody can add to these', async () => {
    const app = server(echo);
    for (const workspace of ['acme-payroll', 'b', '7', 'x'.repeat(60), '%41', 'a:b']) {
      await post(app, { url: `/v1/flows/workspaces/${workspace}/flows?secret=1` });
    }
    for (const url of [
      '/surprise/1',
      '/surprise/2',
      '/v1/flows/workspaces/surprise/flow',
      '/%zz',
      '/metrics/surprise',
    ]) {
      await app.inject(url);
      await app.inject({ method: 'OPTIONS', url });
    }
    const { body } = await app.inject('/metrics');
    const routes = new Set(
      [...body.matchAll(/ route="([^"]*)"|,route="([^"]*)"/g)].map(([, one, other]) => one ?? other),
    );
    expect(routes).toEqual(new Set(['/v1/flows/workspaces/{workspaceId}/flows', '{unknown}']));
    expect(body).not.toMatch(/surprise|acme|secret/);
  });
});

describe('closing', () => {
  it('lets an answer under way go out', async () => {
    const app = server(echo);
    let finish: (answer: Answer) => void = () => undefined;
    const begun = new Promise<void>((begin) => {
      const handle = (): Promise<Answer> =>
        new Promise((resolve) => {
          finish = resolve;
          begin();
        });
      flowRoute(app, access, 'deleteFlow', handle);
    });
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    const answer = fetch(`${origin}/v1/flows/workspaces/W/flows/F`, { method: 'DELETE', headers: ADMIN });
    await begun;
    const closed = app.close();
    finish({ status: 200, body: { answered: true } });
    expect(await (await answer).json()).toEqual({ answered: true });
    await closed;
  });
});

describe('preferences', () => {
  const call = (headers: Record<string, string>): Call => ({ headers }) as unknown as Call;
  it.each([
    [{}, { waitMs: 10_000, respondAsync: false, applied: null }],
    [{ prefer: 'wait=3' }, { waitMs: 3000, respondAsync: false, applied: 'wait=3' }],
    [{ prefer: 'return=minimal, wait=900' }, { waitMs: 60_000, respondAsync: false, applied: 'wait=60' }],
    [{ prefer: 'respond-async, wait=5' }, { waitMs: 0, respondAsync: true, applied: 'respond-async' }],
    [{ prefer: 'wait=soon' }, { waitMs: 10_000, respondAsync: false, applied: null }],
  ])('reads %j', (headers, expected) => {
    expect(waitPreference(call(headers as Record<string, string>), 10_000)).toEqual(expected);
  });
  it('refuses a position token that is none', () => {
    expect(() => minPosition(call({ 'x-flows-min-position': 'zzz' }))).toThrow(/INVALID_POSITION/);
    expect(minPosition(call({}))).toBeUndefined();
  });
});
