import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCountingListener, taskErrorOf } from '../../../test/tasks/attempts.js';
import { outboundRules } from '../../../test/tasks/backends.js';
import { json, openTestServer, type Answer, type TestServer } from '../../../test/tasks/test-server.js';
import { makeOauthTokens, type OauthClient, type OauthTokens } from './oauth-tokens.js';

let server: TestServer;
let nowMs = 0;
let tokens: OauthTokens;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
let issued = 0;
const issuing =
  (members: object = { expires_in: 3600 }): Answer =>
  (response, request) => {
    issued += 1;
    json(200, { access_token: `token-${issued}`, token_type: 'Bearer', ...members })(response, request);
  };
beforeEach(() => {
  server.reset();
  issued = 0;
  server.answers(issuing());
  nowMs = 1_000_000;
  tokens = makeOauthTokens({ ...outboundRules([server.hostPort]), now: () => nowMs });
});

const open = (): AbortSignal => new AbortController().signal;
const client = (over: Partial<OauthClient> = {}): OauthClient => ({
  key: 'a',
  tokenUrl: `${server.url}/token`,
  ...{ scope: undefined, clientId: 'the client', clientSecret: 'p&ss wörd:', tls: {} },
  ...over,
});
const get = (over?: Partial<OauthClient>, refused?: string): Promise<string> =>
  tokens.tokenFor(client(over), open(), refused);

describe('a token', () => {
  it('is asked for as RFC 6749 has it', async () => {
    await get({ scope: 'read write' });
    const [request] = server.seen;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/token',
      body: 'grant_type=client_credentials&scope=read+write',
    });
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const [scheme, pair = ''] = (request?.headers.authorization ?? '').split(' ');
    expect([scheme, Buffer.from(pair, 'base64').toString()]).toEqual(['Basic', 'the+client:p%26ss+w%C3%B6rd%3A']);
  });

  it('is fetched once for many attempts at a time, and kept', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => get())))).toEqual(new Set(['token-1']));
    expect(await get()).toBe('token-1');
    expect(server.seen).toHaveLength(1);
    expect(await get({ key: 'b' })).toBe('token-2');
  });

  it.each([
    [3600, 3_540_000],
    ['3600', 3_540_000],
    [60, 30_000],
    [1e9, 86_340_000],
    [undefined, 240_000],
    [null, 240_000],
  ])('that expires in %j s is fetched anew after %i ms, before it expires', async (expires_in, usableMs) => {
    server.answers(issuing({ expires_in }));
    await get();
    nowMs += usableMs - 1;
    expect(await get()).toBe('token-1');
    nowMs += 1;
    expect(await get()).toBe('token-2');
  });

  it('that has no life at all is used once', async () => {
    server.answers(issuing({ expires_in: 0 }));
    expect([await get(), await get()]).toEqual(['token-1', 'token-2']);
  });

  it('that was refused is fetched anew once, for all whom it was refused', async () => {
    await get();
    expect(await Promise.all([1, 2, 3].map(() => get({}, 'token-1')))).toEqual(['token-2', 'token-2', 'token-2']);
    // Of an attempt that was refused the first one and comes late.
    expect(await get({}, 'token-1')).toBe('token-2');
    expect(server.seen).toHaveLength(2);
  });

  it('is one of so many that are kept: the one that was not used for longest goes', async () => {
    const few = makeOauthTokens({ ...outboundRules([server.hostPort]), maxTokens: 2 });
    const of = (key: string): Promise<string> => few.tokenFor(client({ key }), open());
    expect([await of('a'), await of('b'), await of('a')]).toEqual(['token-1', 'token-2', 'token-1']);
    expect([await of('c'), await of('a'), await of('b')]).toEqual(['token-3', 'token-1', 'token-4']);
  });
});

describe('a token server', () => {
  it.each<[string, Answer, string, boolean]>([
    ['refuses', json(401, { error: 'invalid_client' }), 'AUTHORIZATION_FAILED', false],
    ['finds a fault', json(400, { error: 'invalid_scope' }), 'AUTHORIZATION_FAILED', false],
    ['redirects', json(302, {}, { location: 'http://127.0.0.1:1/' }), 'AUTHORIZATION_FAILED', false],
    ['fails', json(500, {}), 'UPSTREAM_UNAVAILABLE', true],
    ['has no room', json(429, {}, { 'retry-after': '9' }), 'UPSTREAM_UNAVAILABLE', true],
    ['answers with a page', (response) => void response.end('<html/>'), 'AUTHORIZATION_FAILED', false],
    ['answers with no token', json(200, { token_type: 'Bearer' }), 'AUTHORIZATION_FAILED', false],
    ['answers with a list', json(200, []), 'AUTHORIZATION_FAILED', false],
    ['answers with another kind', json(200, { access_token: 'a', token_type: 'mac' }), 'AUTHORIZATION_FAILED', false],
    ['answers with two lines', json(200, { access_token: 'a\r\nx: y' }), 'AUTHORIZATION_FAILED', false],
    ['answers without end', (response) => void response.end('x'.repeat(70_000)), 'RESPONSE_TOO_LARGE', false],
    ['hangs up', (response) => void response.destroy(), 'UPSTREAM_UNAVAILABLE', true],
  ])('that %s', async (_what, answer, code, retryable) => {
    server.answers(answer);
    const error = await taskErrorOf(get({ clientSecret: 'a-secret-to-look-for' }));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toMatch(/a-secret-to-look-for|invalid_|html/);
    if (error.retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(9000);
    server.answers(issuing());
    expect(await get()).toBe('token-1');
  });

  it.each(['http://127.0.0.1:PORT/', 'http://[::1]:PORT/', 'http://localhost:PORT/', 'ftp://a.example/', 'nowhere'])(
    'at %s is not asked',
    async (tokenUrl) => {
      const listener = await openCountingListener('::');
      const inward = makeOauthTokens(outboundRules([]));
      const asked = inward.tokenFor(client({ tokenUrl: tokenUrl.replace('PORT', String(listener.port)) }), open());
      expect(await taskErrorOf(asked)).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
      expect(listener.connections()).toBe(0);
      listener.close();
    },
  );

  it('that is silent is left when nobody waits any more', async () => {
    server.answers(undefined);
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => tokens.tokenFor(client(), signal).catch(() => 'left'));
    await expect.poll(() => server.seen.length, { timeout: 20_000 }).toBe(1);
    controllers[0]?.abort();
    expect(await waiting[0]).toBe('left');
    expect(server.closed()).toBe(0);
    controllers[1]?.abort();
    await expect.poll(() => server.closed(), { timeout: 20_000 }).toBe(1);
  });
});
