import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '@flowplane/contracts';
import {
  attemptOf,
  openCountingListener,
  signedTenant,
  taskErrorOf,
  type CountingListener,
} from '../../../test/tasks/attempts.js';
import { connectionsOf, httpOptions } from '../../../test/tasks/backends.js';
import { openNameServer, type NameServer } from '../../../test/tasks/name-server.js';
import { openTestServer, type TestServer } from '../../../test/tasks/test-server.js';
import { makeResolve } from '../outbound/resolve-name.js';
import { makeHttpRequest } from './http-request.js';

/** Names whose answers change under a request, from a real name server. No address of TEST-NET-1 answers. */
let listener: CountingListener;
let server: TestServer;
let names: NameServer;
let before = 0;
const PUBLIC = '192.0.2.1';
const INWARD = '127.0.0.1';
/** Answers in turn, the last one for ever. */
const inTurn = (...answers: readonly string[]) => {
  let asked = 0;
  return (): readonly string[] => [answers[Math.min(asked++, answers.length - 1)] ?? PUBLIC];
};
beforeAll(async () => {
  listener = await openCountingListener('::');
  server = await openTestServer();
  names = await openNameServer({
    'rebinding.test': inTurn(PUBLIC, INWARD),
    'back.test': inTurn(INWARD, PUBLIC),
    'mixed.test': [PUBLIC, INWARD],
    'inward.test': [INWARD],
    'metadata.test': ['169.254.169.254'],
    'allowed.test': inTurn(INWARD, PUBLIC),
  });
});
afterAll(async () => {
  listener.close();
  await server.close();
  await names.close();
});
beforeEach(() => {
  before = listener.connections();
});

const attempt = attemptOf(signedTenant('t', 'w'));
const resolve = (): ReturnType<typeof makeResolve> =>
  makeResolve({
    ...{ servers: [names.address], hostsFile: '/nonexistent', resolvConf: '/nonexistent' },
    // A question that is sent again because the machine is busy would be counted.
    ...{ serverTimeoutMs: 20_000, timeoutMs: 25_000 },
  });
const at = (name: string, port = listener.port): string => `http://${name}:${port}/`;
const questions = (name: string): number => names.asked().filter((asked) => asked === `A ${name}`).length;

describe('a name that changes its mind', () => {
  it('is resolved once: a request that was let through goes to the public address', async () => {
    const request = makeHttpRequest(httpOptions([], { resolve: resolve() }));
    const error = await taskErrorOf(request({ url: at('rebinding.test'), timeoutMs: 5000 }, attempt));
    expect(['REQUEST_TIMEOUT', 'UPSTREAM_UNAVAILABLE']).toContain(error.code);
    expect(questions('rebinding.test')).toBe(1);
    // By now it leads inward, and the next request is judged by that.
    expect((await taskErrorOf(request({ url: at('rebinding.test') }, attempt))).code).toBe('SSRF_BLOCKED');
    expect(listener.connections()).toBe(before);
  });

  it('is not asked a second time in the hope of a better answer', async () => {
    const request = makeHttpRequest(httpOptions([], { resolve: resolve() }));
    expect((await taskErrorOf(request({ url: at('back.test') }, attempt))).code).toBe('SSRF_BLOCKED');
    expect(questions('back.test')).toBe(1);
    expect(listener.connections()).toBe(before);
  });

  it('keeps the address that was checked where the operator allows the name', async () => {
    const port = Number(server.hostPort.split(':')[1]);
    const request = makeHttpRequest(httpOptions([`allowed.test:${port}`], { resolve: resolve() }));
    expect(await request({ url: at('allowed.test', port) }, attempt)).toMatchObject({ httpStatus: 200 });
    expect(server.seen[0]?.headers.host).toBe(`allowed.test:${port}`);
    expect(questions('allowed.test')).toBe(1);
  });
});

describe('a name that leads inward', () => {
  const CONNECTED: readonly Connection<'http'>['endpoint'][] = ['inward.test', 'mixed.test', 'metadata.test'].flatMap(
    (name) => [
      { url: `http://${name}:PORT/`, auth: 'bearer' },
      { url: `https://${name}:PORT/`, auth: 'mtls' },
      { url: 'SERVER', auth: 'oauth2', tokenUrl: `http://${name}:PORT/token` },
    ],
  );

  it.each(['inward.test', 'mixed.test', 'metadata.test', 'INWARD.test.'])('is blocked: %s', async (name) => {
    const request = makeHttpRequest(httpOptions([], { resolve: resolve() }));
    expect((await taskErrorOf(request({ url: at(name) }, attempt))).code).toBe('SSRF_BLOCKED');
    expect(listener.connections()).toBe(before);
  });

  it.each(CONNECTED)('is blocked as $url of a connection, with token URL $tokenUrl', async (given) => {
    const filled = (text: string): string =>
      text === 'SERVER' ? `${server.url}/` : text.replace('PORT', String(listener.port));
    const { tokenUrl } = given;
    const endpoint = {
      ...{ ...given, url: filled(given.url) },
      ...(tokenUrl === undefined ? {} : { tokenUrl: filled(tokenUrl) }),
    };
    const secret = { token: 'a', clientId: 'b', clientSecret: 'c', certificate: 'd', privateKey: 'e' };
    const connections = connectionsOf({ name: 'crm', kind: 'http', version: '1', endpoint, secret });
    const connectionsBefore = server.connections();
    const request = makeHttpRequest(httpOptions([server.hostPort], { resolve: resolve(), connections }));
    const error = await taskErrorOf(request({ url: '', connection: 'crm' }, attempt));
    expect(error).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
    expect([listener.connections(), server.connections()]).toEqual([before, connectionsBefore]);
  });
});
