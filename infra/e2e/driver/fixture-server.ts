import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the `http.request` tasks of the fixtures call. */
export type FixtureServer = {
  readonly url: string;
  /** `host:port`, for FLOWS_HTTP_ALLOW_HOSTS. */
  readonly hostPort: string;
  readonly close: () => Promise<void>;
};

/**
 * Answers with `{"path": …}` and with no header that changes from call to call: 201 below `/v1/reservations`, else 200.
 * `/bytes/N` has a body of N bytes of text; the first call of `/flaky` breaks.
 */
export async function startFixtureServer(): Promise<FixtureServer> {
  let flakyCalls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url ?? '/';
    if (path === '/flaky' && (flakyCalls += 1) === 1) return void request.socket.destroy();
    const size = /^\/bytes\/(\d+)$/.exec(path)?.[1];
    const body = size === undefined ? JSON.stringify({ path }) : 'x'.repeat(Number(size));
    response.sendDate = false;
    response.writeHead(path.startsWith('/v1/reservations') ? 201 : 200, {
      'content-type': size === undefined ? 'application/json' : 'text/plain',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    });
    return void response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${hostPort}`,
    hostPort,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
