import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { said } from '../../../../test/tasks/provisioning.js';
import { ask } from './ask.js';
import { openSearchClient, type OpenSearchClient, type OpenSearchUnreachable } from './client.js';
import { StepFailure } from '../step-failure.js';

let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => answer(request, response));
let url = '';
let client: OpenSearchClient;
const signal = new AbortController().signal;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = openSearchClient({ url: `${url}/`, user: 'ann', password: 'pässword', maxAnswerBytes: 6000 });
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answer = (_request, response) => void response.end('{}');
});

const get = (given = client): Promise<unknown> => given.send({ method: 'GET', path: '/a', signal });
const faultOf = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

describe('a request', () => {
  it('carries credentials, query, tenant and body', async () => {
    let seen: unknown;
    answer = (request, response) => {
      const { authorization, 'x-tenant-id': tenant, 'content-type': type } = request.headers;
      seen = [request.method, request.url, authorization, tenant, type];
      response.end('{"ok":true}');
    };
    const request = {
      method: 'POST',
      path: '/a',
      query: { q: 'x y' },
      body: { n: 1 },
      tenantId: 't1',
      signal,
    } as const;
    expect(await client.send(request)).toEqual({ status: 200, body: { ok: true } });
    const credentials = `Basic ${Buffer.from('ann:pässword', 'utf8').toString('base64')}`;
    expect(seen).toEqual(['POST', '/a?q=x+y', credentials, 't1', 'application/json']);
  });

  it('is answered with whatever came: a status, a text, nothing', async () => {
    answer = (_request, response) => void response.writeHead(503).end('busy');
    expect(await get()).toEqual({ status: 503, body: 'busy' });
    answer = (_request, response) => void response.writeHead(204).end();
    expect(await get()).toEqual({ status: 204, body: null });
  });

  it('fails when its answer is too long, or breaks off: it may have been done', async () => {
    answer = (_request, response) => void response.end('x'.repeat(6001));
    expect(await faultOf(get())).toMatchObject({ name: 'OpenSearchUnreachable', mayHaveArrived: true });
    answer = (request) => void request.socket.destroy();
    const broken = (await faultOf(get())) as OpenSearchUnreachable;
    expect(broken).toMatchObject({ name: 'OpenSearchUnreachable', mayHaveArrived: true });
    expect(`${broken.message}`).not.toMatch(/ann|pässword|127/);
  });

  it('fails when nothing listens: it was not done', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const nobody = openSearchClient({ url: `http://127.0.0.1:${port}` });
    expect(await faultOf(get(nobody))).toMatchObject({ name: 'OpenSearchUnreachable', mayHaveArrived: false });
    await nobody.close();
  });

  it('ends with the reason of its signal', async () => {
    const ending = new AbortController();
    answer = () => ending.abort(new Error('time is up'));
    await expect(client.send({ method: 'GET', path: '/a', signal: ending.signal })).rejects.toThrow('time is up');
    await expect(client.send({ method: 'GET', path: '/a', signal: ending.signal })).rejects.toThrow('time is up');
  });
});

describe('a refusal', () => {
  const inputs = { credential: { key: 'sk-12345' }, list: [{ credential: { deep: { token: 'tok-67890' } } }] };
  async function refused(status: number, body: unknown): Promise<StepFailure> {
    answer = (_request, response) => void response.writeHead(status).end(JSON.stringify(body));
    const call = { client, signal, inputs };
    const fault = await faultOf(ask(call, { method: 'GET', path: '/a', failure: 'Failed to get a' }));
    expect(fault).toBeInstanceOf(StepFailure);
    return fault as StepFailure;
  }
  const error = (type: string, reason: string): unknown => ({ error: { type, reason } });

  it.each<[string, number, unknown, string, string]>([
    ['a 400', 400, error('x_exception', 'why'), 'why', 'BAD_REQUEST'],
    ['a 400 with a plain text', 400, { error: 'why' }, 'why', 'BAD_REQUEST'],
    ['an argument error', 500, error('illegal_argument_exception', 'why'), 'why', 'INTERNAL_SERVER_ERROR'],
    ['a status error', 404, error('status_exception', 'why'), 'why', 'NOT_FOUND'],
    ['another status', 404, error('index_not_found_exception', 'why'), 'Failed to get a', 'NOT_FOUND'],
    ['a security error', 403, error('security_exception', 'why'), 'Failed to get a', 'FORBIDDEN'],
    ['a fault of the server', 503, error('cluster_block_exception', 'why'), 'Failed to get a', 'SERVICE_UNAVAILABLE'],
    ['a text that is no error', 429, 'why', 'Failed to get a', 'TOO_MANY_REQUESTS'],
    ['a 400 that does not say why', 400, {}, 'Failed to get a', 'BAD_REQUEST'],
    ['a status that has no name', 599, {}, 'Failed to get a', 'INTERNAL_SERVER_ERROR'],
  ])('%s', async (_name, status, body, message, statusText) => {
    const failure = await refused(status, body);
    expect(said(failure)).toEqual(['WorkflowStepException', message, statusText]);
  });

  it('never repeats a credential, and has an end', async () => {
    const { message } = await refused(400, { error: `bad key sk-12345 or tok-67890 ${'x'.repeat(5000)}` });
    expect(message).toMatch(/^bad key \*\*\* or \*\*\* x+$/);
    expect(message.length).toBeLessThanOrEqual(2000);
  });

  it('leaves open whether it was done only where that cannot be told', async () => {
    expect((await refused(400, {})).isOutcomeUnknown).toBe(false);
    expect((await refused(404, {})).isOutcomeUnknown).toBe(false);
    expect((await refused(500, {})).isOutcomeUnknown).toBe(true);
  });
});
