import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { answerConnectionErrors } from '@flowplane/plumbing/http';
import { freePorts } from '../src/net/ports.js';
import { makeGateway } from './app.js';
import { UPSTREAMS } from './route-request.js';

const opened: Server[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server, port = 0): Promise<number> {
  opened.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const serve = (handler: RequestListener, port = 0): Promise<number> => listen(createServer(handler), port);

async function gatewayTo(port: number, options: { secret?: string; connectWindowMs?: number } = {}): Promise<string> {
  const url = new URL(`http://127.0.0.1:${port}`);
  const gateway = makeGateway({
    upstreams: { 'command-service': url, 'projection-service': url, 'trigger-service': url, 'monitor-service': url },
    workers: { worker: url },
    sharedSecret: options.secret,
    corsOrigins: ['https://console.example'],
    connectWindowMs: options.connectWindowMs ?? 300,
    onFault: (fault) => {
      throw fault;
    },
  });
  return `http://127.0.0.1:${await listen(gateway)}`;
}

test('method, path, query, headers and body arrive as sent, and the answer as given', async () => {
  const port = await serve((request, response) => {
    void text(request).then((body) => {
      response.writeHead(418, 'Short', { 'x-flows-position': 'abc', location: '/v1/x', 'content-type': 'text/plain' });
      response.end(JSON.stringify([request.method, request.url, request.headers['x-tenant-id'], body]));
    });
  });
  const answer = await fetch(`${await gatewayTo(port)}/v1/flows/workspaces/W/flows?a=%3A&a=2`, {
    method: 'POST',
    headers: { 'x-tenant-id': 'T' },
    body: '{"n":1}',
  });
  expect([answer.status, answer.headers.get('x-flows-position'), answer.headers.get('location')]).toEqual([
    418,
    'abc',
    '/v1/x',
  ]);
  expect(await answer.json()).toEqual(['POST', '/v1/flows/workspaces/W/flows?a=%3A&a=2', 'T', '{"n":1}']);
});

test('the gateway’s secret replaces one that a client sends', async () => {
  const port = await serve((request, response) => response.end(String(request.headers['x-gateway-auth'])));
  const answer = await fetch(await gatewayTo(port, { secret: 's3cret' }), { headers: { 'x-gateway-auth': 'guess' } });
  expect(await answer.text()).toBe('s3cret');
});

test('a POST without a body arrives without one', async () => {
  const port = await serve((request, response) =>
    response.end(`${request.headers['transfer-encoding']} ${request.headers['content-length']}`),
  );
  const { hostname, port: gatewayPort } = new URL(await gatewayTo(port));
  const sent = httpRequest({ hostname, port: gatewayPort, method: 'POST', path: '/' });
  sent.removeHeader('transfer-encoding');
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe('undefined 0');
});

test('a stream’s headers and each of its frames pass at once', async () => {
  let write: (frame: string) => void = () => undefined;
  const port = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    write = (frame) => void response.write(frame);
  });
  const answer = await fetch(`${await gatewayTo(port)}/v1/flows/workspaces/W/executions/x/events`);
  const reader = answer.body!.getReader();
  for (const frame of [': ping\n\n', 'event: node-status\n\n']) {
    write(frame);
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(frame);
  }
  await reader.cancel();
});

test('a client that leaves ends the request to the service', async () => {
  let left: Promise<unknown> = Promise.resolve();
  const port = await serve((_, response) => {
    response.writeHead(200).flushHeaders();
    left = once(response, 'close');
  });
  const abort = new AbortController();
  await fetch(await gatewayTo(port), { signal: abort.signal });
  abort.abort();
  await expect(left).resolves.toBeDefined();
});

test('a body of 5 MB passes, both ways', async () => {
  const port = await serve((request, response) => void request.pipe(response));
  const body = Buffer.alloc(5_000_000, 'x');
  const answer = await fetch(`${await gatewayTo(port)}/v1/x`, { method: 'POST', body });
  expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
});

test.each([1, 3_000_000, 12_000_000])(
  'a refusal that does not wait for a body of %i bytes reaches the client, and the connection to the gateway goes on',
  async (bytes) => {
    const service = createServer((request, response) => {
      if (request.method === 'GET') return response.end('next');
      return response.writeHead(413, { connection: 'close' }).end('too large');
    });
    answerConnectionErrors(service); // as every service does
    const gateway = await gatewayTo(await listen(service));
    const refused = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await fetch(`${gateway}/v1/x`, { method: 'POST', body: Buffer.alloc(bytes) });
        return [answer.status, await answer.text()];
      }),
    );
    expect(refused).toEqual(Array(20).fill([413, 'too large']));
    expect(await (await fetch(gateway)).text()).toBe('next');
  },
);

test.each(['GET', 'POST'])('a %s waits for a service that is being restarted', async (method) => {
  const [port = 0] = await freePorts(1);
  const gateway = await gatewayTo(port, { connectWindowMs: 10_000 });
  const pending = fetch(`${gateway}/v1/x`, { method, ...(method === 'POST' ? { body: 'kept' } : {}) });
  await serve((request, response) => void text(request).then((body) => response.end(`back ${body}`)), port);
  expect(await (await pending).text()).toBe(method === 'POST' ? 'back kept' : 'back ');
});

test('a service that stays away is 503 with the code of what it serves, and Retry-After', async () => {
  const [port = 0] = await freePorts(1);
  const gateway = await gatewayTo(port);
  for (const [method, code] of [
    ['GET', 'STORE_UNAVAILABLE'],
    ['POST', 'LOG_UNAVAILABLE'],
  ]) {
    const answer = await fetch(`${gateway}/v1/x`, { method: method! });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code });
  }
  const ready = await fetch(`${gateway}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable', missing: [...UPSTREAMS] }]);
  expect((await fetch(`${gateway}/healthz`)).status).toBe(200);
});

test('a page of an origin that is let in may read what the gateway itself answers', async () => {
  const gateway = await gatewayTo((await freePorts(1))[0] ?? 0);
  for (const path of ['/healthz', '/readyz', '/v1/x']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(gateway + path, { method, headers: { origin: 'https://console.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://console.example');
    }
  }
});

test('metrics are those of all processes, and a process that does not answer is named', async () => {
  const port = await serve((request, response) =>
    request.url === '/metrics' ? response.end('# TYPE a counter\na 1\n') : response.writeHead(404).end(),
  );
  const answer = await fetch(`${await gatewayTo(port)}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const text = await answer.text();
  for (const service of [...UPSTREAMS, 'worker']) expect(text).toContain(`a{service="${service}"} 1`);
  const [closed = 0] = await freePorts(1);
  expect(await (await fetch(`${await gatewayTo(closed)}/metrics`)).text()).toContain(
    'flows_service_up{service="worker"} 0',
  );
});

test('readiness names what the services miss, each once', async () => {
  const port = await serve((_request, response) => {
    response.writeHead(503).end(JSON.stringify({ status: 'unavailable', missing: ['log', 'store'] }));
  });
  const ready = await fetch(`${await gatewayTo(port)}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable', missing: ['log', 'store'] }]);
});

test('a command whose connection broke is never sent twice, and not called 503', async () => {
  let received = 0;
  const port = await serve((request) => {
    received += 1;
    request.socket.destroy();
  });
  const answer = await fetch(`${await gatewayTo(port)}/v1/x`, { method: 'POST', body: '{}' });
  expect([answer.status, received]).toEqual([500, 1]);
  expect(await answer.json()).toMatchObject({ code: 'CONTROL_PLANE_ERROR' });
});

test('a read whose connection broke before the answer is sent again', async () => {
  let received = 0;
  const port = await serve((request, response) => {
    received += 1;
    if (received === 1) request.socket.destroy();
    else response.end('second');
  });
  expect(await (await fetch(`${await gatewayTo(port)}/v1/x`)).text()).toBe('second');
});

test('an answer that breaks off does not look whole to the client', async () => {
  const port = await serve((request, response) => {
    response.writeHead(200).flushHeaders();
    response.write('half', () => request.socket.destroy());
  });
  const answer = await fetch(`${await gatewayTo(port)}/v1/x`);
  await expect(answer.text()).rejects.toThrow();
});
