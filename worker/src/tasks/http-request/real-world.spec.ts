import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { httpOptions } from '../../../test/tasks/backends.js';
import { json, openTestServer, type Answer, type TestServer } from '../../../test/tasks/test-server.js';
import { makeHttpRequest } from './http-request.js';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const KEY = 't:w:f1:x/n';
const attempt = attemptOf(signedTenant('t', 'w'), { idempotencyKey: KEY });
const call = (params: JsonObject, of = attempt): Promise<JsonObject> =>
  makeHttpRequest(httpOptions([server.hostPort]))({ url: `${server.url}/`, ...params }, of);
const text =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status);
    response.end(body);
  };

describe('query', () => {
  it('follows the query of the URL, as the server reads it', async () => {
    await call({ url: `${server.url}/p?own=1#part`, query: { q: 'a b&c', tag: ['x', 2, true], none: null } });
    expect(server.seen[0]?.url).toBe('/p?own=1&q=a%20b%26c&tag=x&tag=2&tag=true');
  });
});

describe('Idempotency-Key', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])(
    'goes with %s, the same for every attempt',
    async (method) => {
      await call({ method });
      await call({ method });
      expect(server.seen.map(({ headers }) => headers['idempotency-key'])).toEqual([KEY, KEY]);
    },
  );

  it('is the author’s where there is one', async () => {
    await call({ headers: { 'IDEMPOTENCY-key': 'mine' } });
    expect(server.seen[0]?.headers['idempotency-key']).toBe('mine');
  });

  it('is percent-encoded where the id of the node is no plain text', async () => {
    await call({}, attemptOf(signedTenant('t', 'w'), { idempotencyKey: 't:w:f1:x/größe 1%#2\n\ud800' }));
    expect(server.seen[0]?.headers['idempotency-key']).toBe('t:w:f1:x/gr%C3%B6%C3%9Fe%201%25#2%0A%EF%BF%BD');
  });
});

describe('json', () => {
  it.each<[string, string, unknown]>([
    ['an object', '{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ['a scalar', ' "text" ', 'text'],
    ['nothing', '', null],
    ['null', 'null', null],
    ['one with a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    ['one with an integer beyond 2^53', '{"id":12345678901234567890}', { id: '12345678901234567890' }],
  ])('of %s', async (_what, body, value) => {
    server.answers(text(200, body));
    expect(await call({ json: true })).toEqual({ httpStatus: 200, headers: expect.anything(), body, json: value });
  });

  it.each(['<html>secret-page</html>', '{"a":', ' ', '{"a":1e999}', `${'['.repeat(501)}${']'.repeat(501)}`])(
    'of %j with 200 is RESPONSE_INVALID',
    async (body) => {
      server.answers(text(200, body));
      const error = await taskErrorOf(call({ json: true }));
      expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
      expect(error.message).not.toContain('secret-page');
    },
  );

  it('of a page with another status is null: the author branches on the status', async () => {
    server.answers(text(503, '<html/>'));
    expect(await call({ json: true })).toMatchObject({ httpStatus: 503, body: '<html/>', json: null });
    server.answers(json(404, { error: 'none' }));
    expect(await call({ json: true })).toMatchObject({ httpStatus: 404, json: { error: 'none' } });
  });

  it('is left out where nobody asks for it', async () => {
    expect(await call({})).not.toHaveProperty('json');
    expect(await call({ json: false })).not.toHaveProperty('json');
  });
});

describe('failOn', () => {
  it.each<[number, (number | string)[], string, boolean]>([
    [500, ['5xx', 429], 'UPSTREAM_UNAVAILABLE', true],
    [599, [599], 'UPSTREAM_UNAVAILABLE', true],
    [429, ['5xx', 429], 'UPSTREAM_UNAVAILABLE', true],
    [408, ['4xx'], 'UPSTREAM_UNAVAILABLE', true],
    [404, ['4xx'], 'CLIENT_ERROR', false],
    [401, [401], 'CLIENT_ERROR', false],
    [302, ['3xx'], 'CLIENT_ERROR', false],
    [200, [200], 'CLIENT_ERROR', false],
  ])('makes %i with %j a %s', async (status, failOn, code, retryable) => {
    server.answers(json(status, { secret: 'server-text' }));
    const error = await taskErrorOf(call({ failOn }));
    expect(error).toMatchObject({ code, retryable, message: `The server answered with status ${status}.` });
  });

  it.each([
    [503, []],
    [503, ['4xx', 500]],
    [404, ['5xx', 400]],
    [200, ['4xx', '5xx']],
  ])('leaves %i with %j a success', async (status, failOn) => {
    server.answers(json(status, {}));
    expect(await call({ failOn })).toMatchObject({ httpStatus: status });
  });

  it('has the server say when to come again, where that may help', async () => {
    const delayOf = async (status: number, header: string): Promise<number | undefined> => {
      server.answers(json(status, {}, { 'retry-after': header }));
      return (await taskErrorOf(call({ failOn: ['4xx', '5xx'] }))).retryAfterMs;
    };
    expect(await delayOf(503, '7')).toBe(7000);
    expect(await delayOf(429, '86400')).toBe(3_600_000);
    expect(await delayOf(503, new Date(Date.now() + 600_000).toUTCString())).toBeGreaterThan(400_000);
    expect(await delayOf(503, 'soon')).toBeUndefined();
    expect(await delayOf(404, '7')).toBeUndefined();
  });

  it('comes before the look at the body', async () => {
    server.answers(text(203, '<html/>'));
    const params = { failOn: [203], json: true, responseSchema: { type: 'string' } };
    expect((await taskErrorOf(call(params))).code).toBe('CLIENT_ERROR');
  });
});

describe('responseSchema', () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };

  it('lets an answer through that fits, as JSON', async () => {
    server.answers(json(200, { id: 5 }));
    expect(await call({ responseSchema: schema })).toMatchObject({ json: { id: 5 } });
  });

  it.each([
    [{ id: 'five' }, '#/properties/id/type'],
    [{}, '#/required'],
    [undefined, '#/type'],
  ])('refuses the answer %j at %s of the schema', async (value, place) => {
    server.answers(json(200, value));
    const error = await taskErrorOf(call({ responseSchema: schema }));
    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
    expect(error.message).toBe(`The answer does not fit responseSchema at ${place}.`);
  });

  it('says nothing of an answer that is no success', async () => {
    server.answers(json(404, { error: 'none' }));
    expect(await call({ responseSchema: schema })).toMatchObject({ httpStatus: 404, json: { error: 'none' } });
  });

  it('that is no schema is refused before anything is sent', async () => {
    const error = await taskErrorOf(call({ method: 'POST', responseSchema: { type: 'number', minimum: 'x' } }));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
    expect(error.message).toContain('/responseSchema');
    expect(server.connections()).toBe(0);
  });
});
