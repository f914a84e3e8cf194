import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import type { JsonObject } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpOptions, noNames } from '../../../test/tasks/backends.js';
import { TaskError } from '../task-error.js';
import type { TaskAttempt } from '../task-handler.js';
import { parseAllowedHosts } from '../outbound/allowed-hosts.js';
import type { Resolve } from '../outbound/checked-target.js';
import { makeHttpRequest } from './http-request.js';

type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

let connections = 0;
let seen: Seen[] = [];
let answer: (response: ServerResponse, request: Seen) => void = (response) => response.end('{"ok":true}');
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    seen.push(one);
    answer(response, one);
  });
});
server.on('connection', () => (connections += 1));
/** On every address of this machine: a request that were let through would be noticed wherever it went. */
const listener: Server = createTcpServer((socket) => {
  connections += 1;
  socket.destroy();
});
let port = 0;
let listenerPort = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => listener.listen(0, '::', resolve));
  port = (server.address() as AddressInfo).port;
  listenerPort = (listener.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  listener.close();
});
beforeEach(() => {
  connections = 0;
  seen = [];
  lines = [];
  answer = (response) => void response.end('{"ok":true}');
});

let lines: string[] = [];
const attempt: TaskAttempt = {
  tenant: {
    tenantId: 't',
    workspaceId: 'w',
    flowId: 'f',
    flowVersion: '1',
    executionId: 'e',
    keyDerivation: 'hmac-v1',
  },
  nodeId: 'n',
  idempotencyKey: 't:w:f:x/n',
  origin: { correlationId: 'c', eventDepth: 0 },
  token: 'secret-token',
  signal: new AbortController().signal,
  log: (level, message) => void lines.push(`${level} ${message}`),
};

async function call(
  params: JsonObject,
  resolve: Resolve = noNames,
  allow = [`127.0.0.1:${port}`],
): Promise<JsonObject> {
  return makeHttpRequest(httpOptions(allow, { resolve }))(params, attempt);
}
async function failure(params: JsonObject, resolve?: Resolve, allow?: string[]): Promise<TaskError> {
  const error: unknown = await call(params, resolve, allow).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TaskError);
  return error as TaskError;
}
const base = (): string => `http://127.0.0.1:${port}`;

describe('the log of the run', () => {
  it('says that a server answered with an error, where that fails nothing', async () => {
    await call({ url: `${base()}/` });
    expect(lines).toEqual([]);
    answer = (response) => void response.writeHead(404).end('gone, secret-token');
    expect(await call({ url: `${base()}/?key=secret-query` })).toMatchObject({ httpStatus: 404 });
    expect(lines).toEqual(['warn The server answered 404.']);
    await failure({ url: `${base()}/`, failOn: ['4xx'] });
    expect(lines).toHaveLength(1);
  });
});

describe('SSRF', () => {
  it('opens exactly the host and port that are allowed', async () => {
    expect(await call({ url: `${base()}/` })).toMatchObject({ httpStatus: 200 });
    expect(await call({ url: `http://0x7f.1:${port}/` })).toMatchObject({ httpStatus: 200 });
    expect((await failure({ url: `http://127.0.0.1:${listenerPort}/` })).code).toBe('SSRF_BLOCKED');
    expect((await failure({ url: `http://127.0.0.2:${port}/` })).code).toBe('SSRF_BLOCKED');
    expect((await failure({ url: `ftp://127.0.0.1:${port}/` })).code).toBe('SSRF_BLOCKED');
  });

  it('connects to the address that was checked, whatever the name means later', async () => {
    let asked = 0;
    const changing: Resolve = () =>
      Promise.resolve([{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.9', family: 4 }]);
    const allow = [`rebind.example:${port}`];
    expect(await call({ url: `http://rebind.example:${port}/x` }, changing, allow)).toMatchObject({ httpStatus: 200 });
    expect(asked).toBe(1);
    expect(seen[0]?.headers.host).toBe(`rebind.example:${port}`);
  });

  it('takes a resolver that fails for the moment as such', async () => {
    const failing: Resolve = () => Promise.reject(Object.assign(new Error('try again'), { code: 'EAI_AGAIN' }));
    expect(await failure({ url: 'http://name.example/' }, failing)).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
    });
  });
});

describe('request', () => {
  it('sends method, headers and a JSON body, without what an author may not set', async () => {
    await call({
      url: `${base()}/items?x=1`,
      method: 'PUT',
      headers: {
        'X-Kind': 'demo',
        Authorization: 'Bearer x',
        COOKIE: 'a=b',
        'x-api-key': 'k',
        'X-Flows-Internal': '1',
        Host: 'elsewhere',
        connection: 'keep-alive',
        'content-length': '3',
        'Transfer-Encoding': 'chunked',
        'accept-encoding': 'gzip',
      },
      body: { n: 1 },
    });
    const [request] = seen;
    expect(request).toMatchObject({ method: 'PUT', url: '/items?x=1', body: '{"n":1}' });
    expect(request?.headers).toMatchObject({
      'x-kind': 'demo',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      host: `127.0.0.1:${port}`,
      'content-length': '7',
    });
    for (const name of ['authorization', 'cookie', 'x-api-key', 'x-flows-internal', 'transfer-encoding']) {
      expect(request?.headers[name]).toBeUndefined();
    }
    expect(JSON.stringify(seen)).not.toContain('secret-token');
  });

  it('keeps a text body and the type its author gave, and sends no body with GET', async () => {
    await call({ url: base(), method: 'POST', body: '<a/>', headers: { 'Content-Type': 'text/xml' } });
    await call({ url: base(), method: 'POST', body: [1], headers: { 'Content-Type': 'application/x' } });
    await call({ url: base(), method: 'GET', body: { n: 1 } });
    expect(seen.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['<a/>', 'text/xml'],
      ['[1]', 'application/x'],
      ['', undefined],
    ]);
  });

  it.each([
    [{ 'x-a': 'b\r\nx-c: d' }],
    [{ 'x-a\n': 'b' }],
    [{ 'x-a': 'b\n' }],
    [{ 'x a': 'b' }],
    [{ 'x-a': '\u0000' }],
  ])('refuses header %j', async (headers) => {
    expect((await failure({ url: base(), method: 'GET', headers })).code).toBe('VALIDATION_ERROR');
    expect(connections).toBe(0);
  });
});

describe('response', () => {
  it('takes every status as a success and joins repeated headers', async () => {
    answer = (response) =>
      void response.writeHead(503, { 'X-Many': ['a', 'b'], 'Set-Cookie': ['c=1', 'd=2'] }).end('söld');
    const output = await call({ url: base() });
    expect(output).toMatchObject({ httpStatus: 503, body: 'söld' });
    expect(output['headers']).toMatchObject({ 'x-many': 'a, b', 'set-cookie': 'c=1, d=2' });
  });

  it('accepts a response of exactly maxResponseBytes and aborts one byte later', async () => {
    answer = (response) => void response.end('x'.repeat(1000));
    expect(await call({ url: base(), maxResponseBytes: 1000 })).toMatchObject({ body: 'x'.repeat(1000) });
    expect(await failure({ url: base(), maxResponseBytes: 999 })).toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      retryable: false,
    });
  });

  it('aborts an endless response', async () => {
    let closed: (() => void) | undefined;
    const whenClosed = new Promise<void>((resolve) => (closed = resolve));
    answer = (response) => {
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => {
        clearInterval(more);
        closed?.();
      });
    };
    expect((await failure({ url: base(), maxResponseBytes: 100_000 })).code).toBe('RESPONSE_TOO_LARGE');
    await whenClosed;
  });

  it.each([
    ['no answer', () => undefined],
    ['no end', (response: ServerResponse) => response.write('x')],
  ])('ends with REQUEST_TIMEOUT: %s', async (_name, behave) => {
    answer = (response) => void behave(response);
    expect(await failure({ url: base(), timeoutMs: 150 })).toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true });
  });

  it('tells a refused connection from a broken protocol', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const refused = await failure({ url: `http://127.0.0.1:${free}/` }, noNames, [`127.0.0.1:${free}`]);
    expect(refused).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });

    const odd = createTcpServer((socket) => void socket.end('this is not http\r\n\r\n'));
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const oddPort = (odd.address() as AddressInfo).port;
    const broken = await failure({ url: `http://127.0.0.1:${oddPort}/` }, noNames, [`127.0.0.1:${oddPort}`]);
    expect(broken).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
    odd.close();
  });
});

describe('FLOWS_HTTP_ALLOW_HOSTS', () => {
  it.each(['127.0.0.1', 'host', 'host:0', 'host:99999', 'user@host:80', 'http://host:80', ':80', 'a/b:80'])(
    'refuses %s',
    (entry) => {
      expect(() => parseAllowedHosts([entry])).toThrow(/host:port/);
    },
  );
  it('brings entries into the spelling of URLs', () => {
    expect([...parseAllowedHosts(['LocalHost:80', '0x7f.1:81', '[::1]:82'])]).toEqual([
      'localhost:80',
      '127.0.0.1:81',
      '[::1]:82',
    ]);
  });
});
