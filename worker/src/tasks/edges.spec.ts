import type { JsonObject } from '@flowplane/contracts';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf, TOKEN_SETTINGS } from '../../test/tasks/attempts.js';
import { httpOptions, MAX_IO_BYTES, unconfiguredBackends } from '../../test/tasks/backends.js';
import { json, openTestServer, type TestServer } from '../../test/tasks/test-server.js';
import { makeDispatch, type ArrivedEnvelope, type Dispatch } from './dispatch.js';
import { makeHttpRequest } from './http-request/http-request.js';
import { makeTaskHandlers } from './task-handlers.js';

/** One server for the three types that speak HTTP. */
let server: TestServer;
let dispatch: Dispatch;
beforeAll(async () => {
  server = await openTestServer();
  const { functions, llm } = unconfiguredBackends();
  const backends = unconfiguredBackends({
    http: httpOptions([server.hostPort]),
    functions: { ...functions, url: server.url },
    llm: { ...llm, url: server.url },
  });
  const handlers = makeTaskHandlers(backends);
  dispatch = makeDispatch({ token: TOKEN_SETTINGS, maxIoBytes: MAX_IO_BYTES, handlers, echo: undefined });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const tenant = signedTenant('t', 'w');
const run = (taskType: string, params: JsonObject, signal = new AbortController().signal): Promise<JsonObject> =>
  dispatch({ nodeId: 'n', taskType, params, tenant }, { signal, startToCloseMs: 60_000 });

type Edge = {
  readonly taskType: string;
  readonly params: () => JsonObject;
  /** An answer with this text in it, and where the output has the text. */
  readonly answer: (text: string) => unknown;
};
const EDGES: readonly Edge[] = [
  {
    taskType: 'http.request',
    params: () => ({ url: `${server.url}/`, method: 'POST', maxResponseBytes: 10_485_760 }),
    answer: (text) => text,
  },
  { taskType: 'functions.invoke', params: () => ({ actionId: 'a' }), answer: (text) => ({ result: text }) },
  {
    taskType: 'llm.complete',
    params: () => ({ model: 'm', prompt: 'p' }),
    answer: (text) => ({ choices: [{ message: { content: text } }] }),
  },
];
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe.each(EDGES)('$taskType', ({ taskType, params, answer }) => {
  it('takes an input of 2 MiB with its envelope, and no byte more', async () => {
    server.answers(json(200, answer('')));
    const envelope = (filler: string): ArrivedEnvelope => ({
      nodeId: 'n',
      taskType,
      params: { ...params(), filler },
      tenant,
    });
    const room = MAX_IO_BYTES - bytesOf(envelope(''));
    await run(taskType, { ...params(), filler: 'x'.repeat(room) });
    expect(server.seen).toHaveLength(1);
    const error = await taskErrorOf(run(taskType, { ...params(), filler: 'x'.repeat(room + 1) }));
    expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
    expect(server.seen).toHaveLength(1);
  });

  it('gives an output of 2 MiB, and no byte more', async () => {
    // Each byte of the text is one of the output; headers that say a length or a time would make it another one.
    const answering = (text: string): void =>
      server.answers((response) => {
        response.sendDate = false;
        response.setHeader('transfer-encoding', 'chunked');
        response.end(taskType === 'http.request' ? text : JSON.stringify(answer(text)));
      });
    answering('');
    const room = MAX_IO_BYTES - bytesOf(await run(taskType, params()));
    answering('x'.repeat(room));
    expect(bytesOf(await run(taskType, params()))).toBe(MAX_IO_BYTES);
    answering('x'.repeat(room + 1));
    expect(await taskErrorOf(run(taskType, params()))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
  });

  it.each([
    ['before the answer', (response: { write: (text: string) => void }) => void response],
    ['in the middle of it', (response: { write: (text: string) => void }) => response.write('{"a')],
  ])('closes its connection when the attempt is cancelled %s', async (_when, begin) => {
    server.answers(begin);
    const controller = new AbortController();
    const ended = run(taskType, params(), controller.signal).catch((thrown: unknown) => thrown);
    await expect.poll(() => server.seen.length, { timeout: 20_000 }).toBe(1);
    expect(server.closed()).toBe(0);
    controller.abort();
    expect(await ended).toBeInstanceOf(Error);
    await expect.poll(() => server.closed(), { timeout: 20_000 }).toBe(1);
  });
});

it('a handshake that nobody answers ends with the attempt', async () => {
  const sockets: Socket[] = [];
  let closed = 0;
  const silent = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).on('close', () => (closed += 1)));
    socket.resume();
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const request = makeHttpRequest(httpOptions([new URL(url).host]));
  const controller = new AbortController();
  const cancelled = request({ url, timeoutMs: 30_000 }, attemptOf(tenant, { signal: controller.signal }));
  await expect.poll(() => sockets.length, { timeout: 20_000 }).toBe(1);
  controller.abort();
  expect(await cancelled.catch((thrown: unknown) => thrown)).toBeInstanceOf(Error);
  await expect.poll(() => closed, { timeout: 20_000 }).toBe(1);
  expect(await taskErrorOf(request({ url, timeoutMs: 100 }, attemptOf(tenant)))).toMatchObject({
    code: 'REQUEST_TIMEOUT',
  });
  await expect.poll(() => closed === sockets.length, { timeout: 20_000 }).toBe(true);
  silent.close();
});

it('http.request with json has the body twice in its output, and is refused before it is read', async () => {
  const params = { url: `${server.url}/`, json: true, maxResponseBytes: 10_485_760 };
  server.answers(json(200, 'x'.repeat(1_000_000)));
  expect(await run('http.request', params)).toMatchObject({ httpStatus: 200 });
  server.answers(json(200, 'x'.repeat(1_100_000)));
  expect((await taskErrorOf(run('http.request', params))).code).toBe('PAYLOAD_TOO_LARGE');
  server.answers((response) => void response.end('{'.repeat(MAX_IO_BYTES + 1)));
  expect((await taskErrorOf(run('http.request', params))).code).toBe('PAYLOAD_TOO_LARGE');
});
