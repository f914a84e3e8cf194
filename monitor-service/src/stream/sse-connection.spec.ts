import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openSseConnection, type SseConnection, type SseCredential } from './sse-connection.js';

const PING_MS = 20;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A stream to a client, and what that client sees. */
async function open(credential: Partial<SseCredential>, stallMs = 60_000) {
  const opened: SseConnection[] = [];
  const responses: ServerResponse[] = [];
  let isClosed = false;
  server = createServer((_request, response: ServerResponse) => {
    response.writeHead(200);
    const lasting = { isLetIn: () => Promise.resolve(true), expiresAt: null };
    responses.push(response);
    response.once('close', () => (isClosed = true));
    opened.push(openSseConnection(response, { ...lasting, ...credential }, { pingMs: PING_MS, stallMs }));
    response.write('begun');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [response] = (await once(get({ port: (server.address() as AddressInfo).port }), 'response')) as [
    IncomingMessage,
  ];
  let text = '';
  let isOver = false;
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  response.on('end', () => (isOver = true));
  const [connection] = opened as [SseConnection];
  const [held] = responses as [ServerResponse];
  return { connection, response, held, text: () => text, isOver: () => isOver, socketClosed: () => isClosed };
}
const pings = (text: string): number => text.split('ping').length - 1;

it('goes on as long as its reader would be let in, and is closed with the next ping after', async () => {
  let letIn = true;
  const { connection, text, isOver } = await open({ isLetIn: () => Promise.resolve(letIn) });
  await expect.poll(() => pings(text())).toBeGreaterThan(3);
  expect(isOver()).toBe(false);
  letIn = false;
  await expect.poll(isOver).toBe(true);
  expect([connection.gone.aborted, await connection.write('more')]).toEqual([true, false]);
  expect(text()).not.toContain('event:');
});

it('asks one question at a time', async () => {
  let asked = 0;
  const { text } = await open({
    isLetIn: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  await expect.poll(() => pings(text())).toBeGreaterThan(3);
  expect(asked).toBe(1);
});

it('is closed when its credential ends, without waiting for a ping', async () => {
  const began = performance.now();
  const { isOver } = await open({ expiresAt: Date.now() + 300 });
  await expect.poll(isOver).toBe(true);
  expect(performance.now() - began).toBeGreaterThan(250);
});

it.each([
  ['never', null],
  ['in a year', Date.now() + 365 * 86_400_000],
  ['a moment ago, which a clock that differs may say', Date.now() - 1000],
])('goes on where its credential ends %s', async (_when, expiresAt) => {
  const { text, isOver } = await open({ expiresAt });
  await expect.poll(() => pings(text())).toBeGreaterThan(3);
  expect(isOver()).toBe(false);
});

it.each(['end', 'fail', 'turn away'] as const)(
  'a client that never reads is dropped some time behind the %s',
  async (how) => {
    let letIn = true;
    const { response, held, connection, socketClosed } = await open({ isLetIn: () => Promise.resolve(letIn) }, 300);
    response.pause();
    // More than sockets hold: the end stands behind it.
    response.socket.pause();
    held.write('x'.repeat(20_000_000));
    if (how === 'turn away') letIn = false;
    else connection[how]();
    await expect.poll(socketClosed, { timeout: 20_000 }).toBe(true);
  },
);
