import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';

/** The shop that the example flow talks to: answers each of its three requests with a different number. */
const RECEIPTS: Readonly<Record<string, string>> = {
  '/reservations': 'reservation',
  '/charges': 'charge',
  '/confirmations': 'confirmation',
};

const server = createServer((request, response) => {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const path = request.url ?? '/';
  const receipt = RECEIPTS[path];
  if (path === '/healthz') send(200, { status: 'ok' });
  else if (request.method !== 'POST' || receipt === undefined) send(404, { error: 'no such counter' });
  else {
    json(request).then(
      (order) => send(201, { [receipt]: `${receipt}-${Date.now()}`, order }),
      () => send(400, { error: 'the body must be JSON' }),
    );
  }
});

runProcess({
  logger: makeLogger({ service: 'demo-server' }),
  closeDeadlineMs: 2_000,
  start: async () => {
    server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
    await once(server, 'listening');
    return {
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      },
    };
  },
});
