import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The HTTP server that measured tasks call. `/slow…` is answered when released, anything else at once. */
export type CalledServer = {
  readonly url: string;
  /** For FLOWS_HTTP_ALLOW_HOSTS. */
  readonly hostPort: string;
  /** Requests that wait for `release`. */
  readonly held: () => number;
  readonly release: () => void;
  readonly close: () => void;
};

export async function startCalledServer(): Promise<CalledServer> {
  const held = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/slow') !== true) return void response.end('{"ok":true}');
    held.add(response);
    response.once('close', () => held.delete(response));
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${hostPort}`,
    hostPort,
    held: () => held.size,
    release: () => {
      for (const response of held) response.end('{"ok":true}');
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
