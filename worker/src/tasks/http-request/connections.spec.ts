import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Connection, JsonObject } from '@flowplane/contracts';
import { makeTestAuthority } from '@flowplane/plumbing/test/certificates';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { connectionsOf, httpOptions, noNames } from '../../../test/tasks/backends.js';
import { json, openTestServer, type TestServer } from '../../../test/tasks/test-server.js';
import type { Resolve } from '../outbound/checked-target.js';
import { makeHttpRequest } from './http-request.js';

let api: TestServer;
let tokenServer: TestServer;
beforeAll(async () => {
  api = await openTestServer();
  tokenServer = await openTestServer();
});
afterAll(async () => {
  await api.close();
  await tokenServer.close();
});
let issued = 0;
beforeEach(() => {
  api.reset();
  tokenServer.reset();
  issued = 0;
  tokenServer.answers((response, request) => {
    issued += 1;
    json(200, { access_token: `issued-token-${issued}`, token_type: 'bearer', expires_in: 3600 })(response, request);
  });
});

const attempt = attemptOf(signedTenant('t', 'w'));
type Endpoint = Connection<'http'>['endpoint'];
const crm = (endpoint: Partial<Endpoint>, secret: Connection<'http'>['secret'] = {}): Connection<'http'> => ({
  ...{ name: 'crm', kind: 'http', version: '1', secret },
  endpoint: { url: api.url, auth: 'none', ...endpoint },
});
const allowed = (): string[] => [api.hostPort, tokenServer.hostPort];
const caller = (connection: Connection<'http'>, resolve: Resolve = noNames, allow = allowed()) => {
  const request = makeHttpRequest(httpOptions(allow, { resolve, connections: connectionsOf(connection) }));
  return (params: JsonObject): Promise<JsonObject> => request({ url: '/', connection: 'crm', ...params }, attempt);
};
const authorizations = (): unknown[] => api.seen.map(({ headers }) => headers.authorization);

describe('a connection', () => {
  it.each<[string, Partial<Endpoint>, Connection<'http'>['secret'], string, string | undefined]>([
    ['none', {}, {}, 'authorization', undefined],
    ['bearer', {}, { token: 'the-token' }, 'authorization', 'Bearer the-token'],
    [
      'basic',
      {},
      { username: 'me', password: 'p:w é' },
      'authorization',
      `Basic ${Buffer.from('me:p:w é').toString('base64')}`,
    ],
    ['header', { headerName: 'X-Api-Key' }, { value: 'the-key' }, 'x-api-key', 'the-key'],
    ['header', { headerName: 'X-Token' }, { value: 'the-key' }, 'x-token', 'the-key'],
    ['header', { headerName: 'Authorization' }, { value: 'Token abc' }, 'authorization', 'Token abc'],
  ])('of auth %s', async (auth, endpoint, secret, name, value) => {
    const call = caller(crm({ ...endpoint, auth: auth as Endpoint['auth'] }, secret));
    // The author's own never go, and never stand in for those of the connection.
    await call({ headers: { authorization: 'Bearer mine', [name.toUpperCase()]: 'mine', 'x-other': 'kept' } });
    expect(api.seen[0]?.headers[name]).toBe(value);
    expect(api.seen[0]?.headers['x-other']).toBe('kept');
  });

  it('has the URL of its API, so that a task names a path only', async () => {
    const call = caller(crm({ url: `${api.url}/v1`, auth: 'bearer' }, { token: 'the-token' }));
    await call({ url: 'items', query: { a: 1 } });
    await call({ url: `${api.url}/v1/others?b=2` });
    expect(api.seen.map(({ url }) => url)).toEqual(['/v1/items?a=1', '/v1/others?b=2']);
  });

  it.each([
    '/v2/items',
    '../v2',
    'https://a.example/v1/',
    '//a.example/v1/',
    'http://127.0.0.1:1/v1/x',
    'x/%2e%2e/%2e%2e/y',
  ])('takes its credentials nowhere else: %s', async (url) => {
    let asked = 0;
    const asking: Resolve = (name) => {
      asked += 1;
      return noNames(name);
    };
    const call = caller(crm({ url: `${api.url}/v1`, auth: 'bearer' }, { token: 'the-token' }), asking);
    expect(await taskErrorOf(call({ url }))).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect([api.connections(), asked]).toEqual([0, 0]);
  });

  it('stays behind where a redirect leads', async () => {
    api.answers(json(307, {}, { location: `${tokenServer.url}/stolen` }));
    const call = caller(crm({ auth: 'bearer' }, { token: 'the-token' }));
    expect(await call({})).toMatchObject({ httpStatus: 307 });
    expect(tokenServer.connections()).toBe(0);
  });

  it('that is not there, and one named default', async () => {
    const call = caller(crm({ auth: 'bearer' }, { token: 'the-token' }));
    expect((await taskErrorOf(call({ connection: 'other' }))).code).toBe('CONNECTION_NOT_FOUND');
    await call({ connection: 'default', url: `${api.url}/` });
    expect(authorizations()).toEqual([undefined]);
  });

  it('that no request could carry is refused without its secret', async () => {
    const cases: [Partial<Endpoint>, Connection<'http'>['secret']][] = [
      [{ auth: 'bearer' }, { token: 'secret\r\nx: y' }],
      [{ auth: 'header', headerName: 'x-key' }, { value: 'secret\u2603' }],
      [{ auth: 'header', headerName: 'Host' }, { value: 'secret' }],
      [{ auth: 'header', headerName: 'content-length' }, { value: 'secret' }],
    ];
    for (const [endpoint, secret] of cases) {
      const error = await taskErrorOf(caller(crm(endpoint, secret))({}));
      expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
      expect(error.message).not.toContain('secret\r');
      expect(api.connections()).toBe(0);
    }
  });

  it('that leads inward is blocked, whatever its auth', async () => {
    const listener = await openCountingListener('::');
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '0x7f.1', 'inward.example']) {
      const inward: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      const url = `http://${host}:${listener.port}/`;
      const call = caller(crm({ url, auth: 'bearer' }, { token: 'the-token' }), inward, []);
      expect(await taskErrorOf(call({}))).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
    }
    const oauth = crm(
      { auth: 'oauth2', tokenUrl: `http://127.0.0.1:${listener.port}/` },
      { clientId: 'a', clientSecret: 'b' },
    );
    expect((await taskErrorOf(caller(oauth, noNames, [api.hostPort])({}))).code).toBe('SSRF_BLOCKED');
    expect([listener.connections(), api.connections()]).toEqual([0, 0]);
    listener.close();
  });

  it('is seen in no answer that repeats it', async () => {
    api.answers((response, { headers, url }) => {
      response.setHeader('x-echo', headers.authorization ?? '');
      response.end(JSON.stringify({ url, ...headers }));
    });
    const output = JSON.stringify([
      await caller(crm({ auth: 'bearer' }, { token: 'the-token' }))({ json: true }),
      await caller(crm({ auth: 'basic' }, { username: 'a-user-name', password: 'the-password' }))({
        json: true,
        query: { user: 'a-user-name' },
      }),
      await caller(crm({ auth: 'oauth2', tokenUrl: tokenServer.url }, { clientId: 'i', clientSecret: 's' }))({}),
    ]);
    expect(output).toContain('Bearer ***');
    expect(output).toContain('a-user-name');
    for (const secret of ['the-token', Buffer.from('a-user-name:the-password').toString('base64'), 'issued-token']) {
      expect(output).not.toContain(secret);
    }
  });
});

describe('an OAuth client', () => {
  const oauth = () =>
    caller(crm({ auth: 'oauth2', tokenUrl: `${tokenServer.url}/token` }, { clientId: 'id', clientSecret: 'secret' }));

  it('has one token for many attempts', async () => {
    const call = oauth();
    await Promise.all(Array.from({ length: 10 }, () => call({})));
    expect(new Set(authorizations())).toEqual(new Set(['Bearer issued-token-1']));
    expect(tokenServer.seen).toHaveLength(1);
  });

  it('of each workspace has its own, and another one when the connection has changed', async () => {
    const secret = { clientId: 'id', clientSecret: 'secret' };
    const endpoint = { auth: 'oauth2', tokenUrl: `${tokenServer.url}/token` } as const;
    let version = '1';
    const options = httpOptions(allowed(), {
      connections: (kind, ...rest) => connectionsOf({ ...crm(endpoint, secret), version })(kind, ...rest),
    });
    const request = makeHttpRequest(options);
    const callOf = (tenantId: string, workspaceId: string): Promise<JsonObject> =>
      request({ url: '/', connection: 'crm' }, attemptOf(signedTenant(tenantId, workspaceId)));
    for (const [tenantId, workspaceId] of [
      ['t', 'w'],
      ['t', 'w2'],
      ['t2', 'w'],
      ['t', 'w'],
    ] as const) {
      await callOf(tenantId, workspaceId);
    }
    version = '2';
    await callOf('t', 'w');
    expect(authorizations()).toEqual([1, 2, 3, 1, 4].map((number) => `Bearer issued-token-${number}`));
  });

  it('gets another one after a 401, once', async () => {
    const call = oauth();
    api.answers((response, { headers }) => {
      response.statusCode = headers.authorization === 'Bearer issued-token-1' ? 401 : 200;
      response.end('{}');
    });
    expect(await call({ method: 'POST' })).toMatchObject({ httpStatus: 200 });
    expect(authorizations()).toEqual(['Bearer issued-token-1', 'Bearer issued-token-2']);
    expect(new Set(api.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);

    api.answers(json(401, {}));
    expect(await call({})).toMatchObject({ httpStatus: 401 });
    expect(authorizations().slice(2)).toEqual(['Bearer issued-token-2', 'Bearer issued-token-3']);
    expect((await taskErrorOf(call({ failOn: ['4xx'] }))).code).toBe('CLIENT_ERROR');
  });

  it('that gets no token sends nothing', async () => {
    tokenServer.answers(json(401, { error: 'invalid_client' }));
    expect(await taskErrorOf(oauth()({}))).toMatchObject({ code: 'AUTHORIZATION_FAILED', retryable: false });
    tokenServer.answers(json(503, {}));
    expect(await taskErrorOf(oauth()({}))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    tokenServer.answers(undefined);
    expect(await taskErrorOf(oauth()({ timeoutMs: 100 }))).toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true });
    expect(api.connections()).toBe(0);
  });
});

describe('TLS', () => {
  it('carries HTTP/1.1, whatever else the server knows', async () => {
    const authority = await makeTestAuthority('ca');
    const pair = await authority.sign({ name: 'server', hosts: ['127.0.0.1'] });
    const server = createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => {
      response.end(request.httpVersion);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const call = caller(crm({ url: `https://${hostPort}`, ca: authority.cert }), noNames, [hostPort]);
    expect(await call({ method: 'POST', body: 'x' })).toMatchObject({ httpStatus: 200, body: '1.1' });
    server.close();
  });

  it('takes the certificates of the connection: the server’s authority, and its own', async () => {
    const authority = await makeTestAuthority('ca');
    const other = await makeTestAuthority('other ca');
    const own = await authority.sign({ name: 'the-client' });
    const server = await openTestServer({
      ...(await authority.sign({ name: 'server', hosts: ['127.0.0.1'] })),
      ...{ ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    });
    const call = (endpoint: Partial<Endpoint>, secret: Connection<'http'>['secret'] = {}): Promise<JsonObject> =>
      caller(crm({ url: server.url, ...endpoint }, secret), noNames, [server.hostPort])({});
    const pair = { certificate: own.cert, privateKey: own.key };
    expect(await call({ auth: 'mtls', ca: authority.cert }, pair)).toMatchObject({ httpStatus: 200 });
    expect(server.seen[0]?.client).toBe('the-client');

    const failures = [
      () => call({ auth: 'mtls' }, pair),
      () => call({ auth: 'mtls', ca: other.cert }, pair),
      () => call({ auth: 'none', ca: authority.cert }),
      () => call({ auth: 'mtls', ca: authority.cert }, { certificate: 'no certificate', privateKey: own.key }),
    ];
    for (const failure of failures) {
      const error = await taskErrorOf(failure());
      expect(error.code).toMatch(/^UPSTREAM_(ERROR|UNAVAILABLE)$/);
      expect(error.message).not.toMatch(/PRIVATE|no certificate/);
    }
    expect(server.seen).toHaveLength(1);
    await server.close();
  });
});
