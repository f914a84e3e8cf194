import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isPending, makeFlowplaneClient, type FlowplaneClient } from './client.js';
import { FlowplaneError } from './flowplane-error.js';
import type { StreamFrame } from './event-stream.js';

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Seen = { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string };

/** A client of a server with prepared answers, and the requests that the server got. */
async function clientOf(
  answer: (response: ServerResponse, seen: Seen, count: number) => void,
): Promise<{ readonly client: FlowplaneClient; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { line: `${request.method} ${request.url}`, headers: request.headers, body };
      seen.push(one);
      answer(response, one, seen.length);
    });
  });
  opened.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ports = { fetch, sleep: (ms: number) => sleep(ms) };
  return { seen, client: makeFlowplaneClient(ports, { url, workspaceId: 'W', headers: { 'x-api-key': 'k' } }) };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('a call', () => {
  it('sends path, query, headers and body as the contract has them, and reads the position', async () => {
    const { client, seen } = await clientOf((response) =>
      json(response, 201, { flowId: 'F' }, { 'x-flows-position': 'p' }),
    );
    const { status, position } = await client.call('publishFlow', {
      params: { flowId: 'a:b/c' },
      body: { expectedVersion: 2 },
      idempotencyKey: 'key',
      prefer: { waitS: 3 },
      ifMatch: 2,
    });
    expect([status, position]).toEqual([201, 'p']);
    expect(seen[0]).toMatchObject({
      line: 'POST /v1/flows/workspaces/W/flows/a%3Ab%2Fc/versions',
      body: '{"expectedVersion":2}',
      headers: {
        'content-type': 'application/json',
        'x-api-key': 'k',
        'idempotency-key': 'key',
        prefer: 'handling=strict, wait=3',
        'if-match': '"2"',
      },
    });
    await client.call('listExecutions', {
      params: { flowId: 'F', workspaceId: 'V' },
      query: { query: "StartTime > '2026'", 'page[size]': 5 },
      minPosition: 'p',
    });
    expect(seen[1]?.line).toBe(
      'GET /v1/flows/workspaces/V/flows/F/executions?query=StartTime%20%3E%20%272026%27&page%5Bsize%5D=5',
    );
    expect([seen[1]?.headers['x-flows-min-position'], seen[1]?.headers['content-type']]).toEqual(['p', undefined]);
    expect(seen[1]?.headers['prefer']).toBeUndefined();
    await client.call('validateFlow', { params: { flowId: 'F' }, handling: 'lenient' });
    expect(seen[2]?.headers['prefer']).toBe('handling=lenient');
  });

  it('throws a refusal with its code and details, and anything else that it is answered', async () => {
    const { client } = await clientOf((response, _seen, count) => {
      const refused = { code: 'QUOTA_EXCEEDED', message: 'm', dimension: 'max_flows' };
      if (count === 1) json(response, 429, refused, { 'retry-after': '7', 'x-correlation-id': 'c-12345678' });
      else response.writeHead(502).end('<html>');
    });
    const create = (): Promise<unknown> => client.call('createFlow', { body: { name: 'n' } });
    const refused = await create().catch((cause: unknown) => cause);
    expect(refused).toBeInstanceOf(FlowplaneError);
    expect(refused).toMatchObject({
      operation: 'createFlow',
      status: 429,
      code: 'QUOTA_EXCEEDED',
      dimension: 'max_flows',
      retryAfterSeconds: 7,
      correlationId: 'c-12345678',
    });
    await expect(create()).rejects.toMatchObject({ status: 502, code: undefined });
  });

  it('waits for a pending command by asking', async () => {
    const { client, seen } = await clientOf((response, { line }, count) => {
      if (line.startsWith('POST')) json(response, 202, { commandId: 'C', status: 'pending' });
      else json(response, 200, { commandId: 'C', status: count < 4 ? 'pending' : 'accepted', result: { version: 1 } });
    });
    const { body } = await client.call('startExecution', { params: { flowId: 'F' }, prefer: 'respond-async' });
    expect(isPending(body)).toBe(true);
    expect(await client.decided('C')).toMatchObject({ status: 'accepted' });
    expect(seen.map(({ line }) => line.split('/').at(-1))).toEqual(['executions', 'C', 'C', 'C']);
  });

  it('is checked by the compiler', async () => {
    const { client } = await clientOf((response) => json(response, 200, { items: [] }));
    const flows = await client.call('listFlows');
    flows.body.items satisfies readonly { readonly latestVersion: number | null }[];
    // @ts-expect-error a flow id is needed
    await expect(client.call('getFlow')).rejects.toThrow(/needs the parameter flowId/);
    // @ts-expect-error no such operation
    await expect(client.call('burnFlow')).rejects.toThrow(/no operation/);
    // @ts-expect-error a name is needed
    await client.call('createFlow', { body: {} });
  });
});

describe('a run that is watched', () => {
  const frame = (id: number): string =>
    `event: log-line\nid: ${id}\ndata: ${JSON.stringify({ type: 'log-line', id: String(id) })}\n\n`;
  const END = 'event: stream-end\ndata: {"type":"stream-end","status":"Completed"}\n\n';
  const watched = async (client: FlowplaneClient): Promise<readonly string[]> => {
    const seen: string[] = [];
    const note = (one: StreamFrame): unknown => seen.push('id' in one ? one.id : one.type);
    for await (const one of client.watch('T:W:F:1', { reconnectMs: 1, reconnects: 3 })) note(one);
    return seen;
  };

  it('is opened again behind the last frame when the stream breaks off, until it ends', async () => {
    const { client, seen } = await clientOf((response, { headers }) => {
      const from = Number(headers['last-event-id'] ?? 0);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`retry: 3000\n\n${frame(from + 1)}${frame(from + 2)}`, () => {
        if (from >= 4) response.end(END);
        else response.destroy();
      });
    });
    expect(await watched(client)).toEqual(['1', '2', '3', '4', '5', '6', 'stream-end']);
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '4']);
  });

  it('is given up when it is refused, at once, or breaks off without anything new, after a while', async () => {
    const refused = await clientOf((response) => json(response, 404, { code: 'EXECUTION_NOT_FOUND', message: 'm' }));
    await expect(watched(refused.client)).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
    expect(refused.seen.length).toBe(1);
    const away = await clientOf((response) => json(response, 503, { code: 'STORE_UNAVAILABLE', message: 'm' }));
    await expect(watched(away.client)).rejects.toMatchObject({ status: 503 });
    expect(away.seen.length).toBe(4);
  });
});

describe('a workspace that is watched', () => {
  const frame = (id: number): string =>
    `event: run-status\nid: ${id}\ndata: ${JSON.stringify({ type: 'run-status', id: String(id) })}\n\n`;

  it('goes on from the id that the stream began with, where it broke off before the first frame', async () => {
    const { client, seen } = await clientOf((response, { headers }) => {
      const from = Number(headers['last-event-id'] ?? 7);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const frames = seen.length === 1 ? '' : frame(from + 1) + frame(from + 2);
      response.write(`retry: 3000\n\nid: ${from}\n\n${frames}`, () => response.destroy());
    });
    const ids: string[] = [];
    const onOpen = (): unknown => ids.push('open');
    for await (const { id } of client.watchWorkspace({ reconnectMs: 1, onOpen })) {
      ids.push(id);
      if (id === '11') break;
    }
    expect(ids).toEqual(['open', 'open', '8', '9', 'open', '10', '11']);
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '7', '9']);
  });

  it('goes on from how far the log has come, however often it ends while nothing happens', async () => {
    const { client, seen } = await clientOf((response, { headers }) => {
      const from = Number(headers['last-event-id'] ?? 0);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const rest = seen.length === 6 ? frame(from + 1) : `: ping\n\nid: ${from + 10}\n\n`;
      response.write(`retry: 3000\n\nid: ${from}\n\n${rest}`, () => response.destroy());
    });
    const { value } = await client.watchWorkspace({ reconnectMs: 1, reconnects: 2 }).next();
    expect(value).toMatchObject({ id: '51' });
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '10', '20', '30', '40', '50']);
  });

  it('is given up where the log does not reach back to its id', async () => {
    const { client } = await clientOf((response) => json(response, 410, { code: 'EVENTS_GONE', message: 'm' }));
    await expect(client.watchWorkspace({ lastEventId: '1' }).next()).rejects.toMatchObject({ code: 'EVENTS_GONE' });
  });
});
