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
async function open(credential: Partial<SseCredential>) {
  const opened: SseConnection[] = [];
  server = createServer((_request, response: ServerResponse) => {
    response.writeHead(200);
    const lasting = { isLetIn: () => Promise.resolve(true), expiresAt: null };
    opened.push(openSseConnection(response, { ...lasting, ...credential }, { pingMs: PING_MS, stallMs: 60_000 }));
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
  return { connection, text: () => text, isOver: () => isOver };
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
