import type { Connection, JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { connectionsOf, outboundRules } from '../../../test/tasks/backends.js';
import { json, openTestServer, type Answer, type TestServer } from '../../../test/tasks/test-server.js';
import { makeFunctionsInvoke, type FunctionsInvokeOptions } from './functions-invoke.js';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  server.answers(json(200, { activationId: 'act-1', result: { price: 5 } }));
});

const attempt = attemptOf(signedTenant('t', 'w'), { idempotencyKey: 't:w:f1:x/price' });
const own = (url: string): Connection<'functions'> => ({
  ...{ name: 'own', kind: 'functions', version: '1', endpoint: { url }, secret: { token: 'token-of-the-tenant' } },
});
const options = (over: Partial<FunctionsInvokeOptions> = {}): FunctionsInvokeOptions => ({
  ...{ ...outboundRules([]), url: `${server.url}/base/`, timeoutMs: 20_000, connections: connectionsOf(), ...over },
});
const call = (params: JsonObject = {}, over?: Partial<FunctionsInvokeOptions>, of = attempt): Promise<JsonObject> =>
  makeFunctionsInvoke(options(over))({ actionId: 'price', ...params }, of);

describe('functions.invoke', () => {
  it('posts the parameters with the execution token and the key of the node', async () => {
    expect(await call({ params: { n: 1 } })).toEqual({ activationId: 'act-1', result: { price: 5 } });
    const [request] = server.seen;
    expect(request).toMatchObject({
      ...{ method: 'POST', url: '/base/v1/workspaces/w/actions/price/invocations', body: '{"params":{"n":1}}' },
      headers: {
        authorization: `Bearer ${attempt.token}`,
        'idempotency-key': 't:w:f1:x/price',
        'content-type': 'application/json',
        'x-correlation-id': 'correlation-1',
      },
    });
  });

  it.each<[string, unknown, JsonObject]>([
    ['nothing', undefined, { activationId: null, result: null }],
    ['no id', { result: [1] }, { activationId: null, result: [1] }],
    ['an odd id', { activationId: 7, result: 'text' }, { activationId: null, result: 'text' }],
    ['more', { activationId: 'a', result: 1, more: 2 }, { activationId: 'a', result: 1 }],
  ])('takes an answer with %s', async (_what, answer, output) => {
    server.answers(json(201, answer));
    expect(await call()).toEqual(output);
    expect(server.seen[0]?.body).toBe('{"params":{}}');
  });

  it('calls one segment of the path, whatever the id', async () => {
    await call({ actionId: 'a/../b?c#d é' });
    expect(server.seen[0]?.url).toBe('/base/v1/workspaces/w/actions/a%2F..%2Fb%3Fc%23d%20%C3%A9/invocations');
    for (const actionId of ['.', '..']) {
      expect((await taskErrorOf(call({ actionId }))).code).toBe('VALIDATION_ERROR');
    }
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Answer, string, boolean]>([
    ['404', json(404, { error: 'server-text' }), 'FUNCTION_NOT_FOUND', false],
    ['408', json(408, {}), 'FUNCTION_TIMEOUT', true],
    ['504', json(504, {}), 'FUNCTION_TIMEOUT', true],
    ['429', json(429, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['502', json(502, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['503', json(503, {}, { 'retry-after': '3' }), 'UPSTREAM_UNAVAILABLE', true],
    ['500', json(500, { error: 'server-text' }), 'FUNCTION_ERROR', false],
    ['400', json(400, { error: 'server-text' }), 'FUNCTION_ERROR', false],
    ['401', json(401, {}), 'FUNCTION_ERROR', false],
    ['302', json(302, {}, { location: 'http://127.0.0.1:1/' }), 'FUNCTION_ERROR', false],
    ['a page', (response) => void response.end('<html>server-text</html>'), 'FUNCTION_ERROR', false],
    ['a list', json(200, []), 'FUNCTION_ERROR', false],
    ['a broken connection', (response) => void response.destroy(), 'UPSTREAM_UNAVAILABLE', true],
    ['too much', (response) => void response.end('x'.repeat(4_194_305)), 'RESPONSE_TOO_LARGE', false],
  ])('answered with %s fails as specified', async (_what, answer, code, retryable) => {
    server.answers(answer);
    const error = await taskErrorOf(call());
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toMatch(/server-text|eyJ/);
    if (error.code === 'UPSTREAM_UNAVAILABLE' && _what !== 'a broken connection') expect(error.retryAfterMs).toBe(3000);
  });

  it('fails in time where the server is silent, and closes its connection', async () => {
    server.answers(undefined);
    expect(await taskErrorOf(call({}, { timeoutMs: 100 }))).toMatchObject({
      code: 'FUNCTION_TIMEOUT',
      retryable: true,
    });
    await expect.poll(() => server.closed(), { timeout: 20_000 }).toBe(server.connections());
  });

  it('without a server is not configured', async () => {
    expect(await taskErrorOf(call({}, { url: undefined }))).toMatchObject({
      code: 'CAPABILITY_UNAVAILABLE',
      retryable: false,
    });
  });

  it('cannot be reached where nobody listens', async () => {
    expect(await taskErrorOf(call({}, { url: 'http://127.0.0.1:1' }))).toMatchObject({
      ...{ code: 'UPSTREAM_UNAVAILABLE', retryable: true },
    });
  });

  it('shows no token that a function returns', async () => {
    server.answers((response, { headers }) => json(200, { activationId: 'a', result: headers })(response, {} as never));
    const output = JSON.stringify(await call());
    expect(output).toContain('Bearer ***');
    expect(output).not.toContain(attempt.token);
  });
});

describe('a connection of functions', () => {
  it('is called with its own token, and never with that of the run', async () => {
    const connections = connectionsOf(own(server.url));
    const rules = outboundRules([server.hostPort]);
    await call({ connection: 'own' }, { connections, ...rules });
    expect(server.seen[0]?.url).toBe('/v1/workspaces/w/actions/price/invocations');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer token-of-the-tenant');
    expect(JSON.stringify(server.seen)).not.toContain(attempt.token);
    await call({ connection: 'own' }, { connections, ...rules, url: undefined });
    expect((await taskErrorOf(call({ connection: 'other' }, { connections }))).code).toBe('CONNECTION_NOT_FOUND');
  });

  it('that leads inward is blocked', async () => {
    const listener = await openCountingListener('::');
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost']) {
      const connections = connectionsOf(own(`http://${host}:${listener.port}`));
      const error = await taskErrorOf(call({ connection: 'own' }, { connections }));
      expect(error).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
    }
    expect(listener.connections()).toBe(0);
    listener.close();
  });
});
