import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeIdentifyCaller } from '../identity/credentials.js';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { jsonObject } from './call.js';
import { answerConnectionErrors } from '@flowplane/plumbing/http';
import { flowRoute, prepareFlowRoutes } from './flow-route.js';
import { buildServer } from '@flowplane/plumbing/http';

const MAX_BODY_BYTES = 100_000;
const PATH = '/v1/flows/workspaces/W/flows';
const ADMIN = 'x-tenant-id: T\r\nx-auth-subject: alice\r\nx-actor-roles: tenant_owner\r\n';

const app = buildServer({
  logger: pino({ level: 'silent' }),
  metrics: makeMetrics(),
  maxBodyBytes: MAX_BODY_BYTES,
  missing: () => Promise.resolve([]),
});
prepareFlowRoutes(app);
const noKeys = {
  findApiKey: () => Promise.resolve(undefined),
  verifyJwt: undefined,
  gatewayTrust: { believed: true, secret: undefined },
};
flowRoute(
  app,
  {
    identify: makeIdentifyCaller(noKeys),
    binding: 'strict',
    registry: 'off',
    ownerOf: () => Promise.resolve(undefined),
  },
  'createFlow',
  (call) => Promise.resolve().then(() => ({ status: 200, body: { keys: Object.keys(jsonObject(call)) } })),
);

beforeAll(async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

type Heard = { readonly status: number; readonly headers: string; readonly body: string };

/** Sends bytes as they stand and reads until the server closes; `connection: close` makes it do so after the answer. */
async function exchange(...parts: readonly (string | Buffer)[]): Promise<Heard> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const answer = text(socket);
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  return heardOf(await answer);
}

function heardOf(raw: string): Heard {
  const [headers = '', body = ''] = raw.split('\r\n\r\n', 2);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1]), headers: headers.toLowerCase(), body };
}

const codeOf = ({ body }: Heard): unknown => (JSON.parse(body) as { readonly code?: unknown }).code;
const post = (headers: string, body: string | Buffer, path = PATH): readonly (string | Buffer)[] => [
  `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${ADMIN}${headers}\r\n`,
  body,
];
const sized = (body: string | Buffer, headers = ''): readonly (string | Buffer)[] =>
  post(`content-length: ${Buffer.byteLength(body)}\r\n${headers}`, body);
const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

describe('what never becomes a request', () => {
  it.each([
    ['no HTTP at all', 'hello there\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['another protocol', '\u0016\u0003\u0001\u0002\0\u0001', 400, 'MALFORMED_REQUEST'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost: x\r\nbroken\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['an unknown method', 'BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n', 404, 'NO_ROUTE'],
    ['a blank in the path', 'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['headers beyond 16 KB', `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a length that is none', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ten\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'MALFORMED_REQUEST',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'MALFORMED_REQUEST',
    ],
    [
      'a broken chunk',
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\n${ADMIN}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'MALFORMED_REQUEST',
    ],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n', 404, 'NO_ROUTE'],
    ['an unknown expectation', `GET / HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
  ])('is answered in our form: %s', async (_what, raw, status, code) => {
    const heard = await exchange(raw);
    expect([heard.status, codeOf(heard)]).toEqual([status, code]);
    expect(heard.headers).toContain('content-type: application/json; charset=utf-8');
    expect(heard.headers).toContain('x-correlation-id: ');
  });

  it('has no body where a HEAD is answered, or a client would take it for the next answer', async () => {
    const heard = await exchange(`HEAD / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`);
    expect([heard.status, heard.body]).toEqual([431, '']);
    expect(heard.headers).toMatch(/content-length: [1-9]/);
  });

  it('is 400 without a host, which node answers by itself', async () => {
    expect((await exchange('GET /healthz HTTP/1.1\r\n\r\n')).status).toBe(400);
  });

  it('is not answered in the middle of an answer that has begun: the connection is cut', async () => {
    const streaming = createServer((_request, response) => void response.write('begun'));
    answerConnectionErrors(streaming);
    await once(streaming.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((streaming.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const first = String(((await once(socket, 'data')) as [Buffer])[0]);
    const rest = text(socket);
    socket.write('garbage\r\n\r\n');
    expect([first.includes('begun'), await rest]).toEqual([true, '']);
    streaming.close();
  });
});

describe('bodies', () => {
  it.each([
    ['by its announced length', [`POST ${PATH} HTTP/1.1\r\nhost: x\r\n${ADMIN}content-length: 5000000\r\n\r\n`]],
    ['by its chunks', post('transfer-encoding: chunked\r\n', chunk(60_000) + chunk(60_000) + chunk(60_000))],
    [
      'by chunks without end',
      [...post('transfer-encoding: chunked\r\n', ''), ...Array<string>(200).fill(chunk(60_000))],
    ],
  ])('are refused beyond the limit: %s', async (_what, parts) => {
    const heard = await exchange(...parts);
    expect([heard.status, codeOf(heard)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it.each([
    ['nobody', 401, 'UNAUTHENTICATED', PATH, ''],
    ['a path that is not there', 404, 'NO_ROUTE', '/v1/nowhere', ADMIN],
  ])('of a request that is refused early may go on, and the refusal is read: %s', async (...wanted) => {
    const [, status, code, path, identity] = wanted;
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${identity}transfer-encoding: chunked\r\n\r\n`;
    const heard = await exchange(head, ...Array<string>(200).fill(chunk(60_000)));
    expect([heard.status, codeOf(heard)]).toEqual([status, code]);
  });

  it.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a NUL', '\0'],
    ['gzip', Buffer.from('1f8b08000000000000ffaa564a2c2850b25230ac050000ffff0300', 'hex')],
    ['blanks', '   '],
    ['two values', '{}{}'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['deep nesting', `${'['.repeat(40_000)}${']'.repeat(40_000)}`],
  ])('that hold %s are 400 INVALID_JSON', async (_what, body) => {
    const heard = await exchange(...sized(body, 'content-type: application/json\r\n'));
    expect([heard.status, codeOf(heard)]).toEqual([400, 'INVALID_JSON']);
  });

  it('may be empty under a JSON content type, and begin with a byte order mark', async () => {
    const empty = await exchange(...sized('', 'content-type: application/json\r\n'));
    expect([empty.status, empty.body]).toEqual([200, '{"keys":[]}']);
    expect((await exchange(...sized('\ufeff{}'))).status).toBe(200);
  });

  it('keep keys such as __proto__ as plain data', async () => {
    const heard = await exchange(...sized('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
    expect([heard.status, heard.body]).toEqual([200, '{"keys":["__proto__","constructor"]}']);
    expect(({} as { readonly polluted?: number }).polluted).toBeUndefined();
  });

  it('are asked for after `Expect: 100-continue`', async () => {
    const heard = await exchange(...sized('{"a":1}', 'expect: 100-continue\r\n'));
    expect(heard.status).toBe(100);
    expect(heard.body).toContain('HTTP/1.1 200');
  });

  it('shorter than announced end with the client, and the server goes on', async () => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end(`POST ${PATH} HTTP/1.1\r\nhost: x\r\n${ADMIN}content-length: 100\r\n\r\n{"a"`);
    const heard = heardOf(await text(socket));
    expect([heard.status, codeOf(heard)]).toEqual([400, 'MALFORMED_REQUEST']);
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });
});

describe('a path without a route', () => {
  it('is 404 even when its body is wrong', async () => {
    const tooLarge = await exchange(...post('content-length: 5000000\r\n', '', '/nowhere'));
    expect([tooLarge.status, codeOf(tooLarge)]).toEqual([404, 'NO_ROUTE']);
  });
});

describe('requests that ask for something else', () => {
  it.each([
    ['an upgrade to a WebSocket', 'connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n'],
    ['an upgrade to HTTP/2', 'connection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n'],
    ['repeated headers', 'connection: close\r\nx-correlation-id: abcdefgh\r\nx-correlation-id: ijklmnop\r\n'],
  ])('%s is answered as any other', async (_what, headers) => {
    const heard = await exchange(`GET /healthz HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
    expect([heard.status, heard.body]).toEqual([200, '{"status":"ok"}']);
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PURGE', 'PROPFIND', 'PUT'])(
    '%s is 404 NO_ROUTE before identity',
    async (method) => {
      const heard = await exchange(`${method} ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(heard.status).toBe(404);
      if (method !== 'HEAD') expect(codeOf(heard)).toBe('NO_ROUTE');
    },
  );

  it.each(['/%', '/%zz', '/v1/flows/workspaces/%c3%28/flows', `/${'x'.repeat(8_000)}`, '//', '*', '/%00', '/..%2f..'])(
    'an unusable path is 404 NO_ROUTE: %s',
    async (path) => {
      const heard = await exchange(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect([heard.status, codeOf(heard)]).toEqual([404, 'NO_ROUTE']);
    },
  );
});
