import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A request as it arrived, with the name on its client's certificate. */
export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly client?: string;
};

export type Answer = (response: ServerResponse, request: Seen) => void;

/** An HTTP or HTTPS server whose answers a test says. */
export type TestServer = {
  /** Without a slash at the end. */
  readonly url: string;
  /** For FLOWS_HTTP_ALLOW_HOSTS. */
  readonly hostPort: string;
  readonly seen: readonly Seen[];
  readonly connections: () => number;
  /** Connections that have been closed, by whichever side. */
  readonly closed: () => number;
  /** What is answered from now on; nothing: no answer. */
  readonly answers: (answer: Answer | undefined) => void;
  /** Forgets what it has seen and counted, and answers 200 `{"ok":true}` again. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
};

export const json =
  (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(value === undefined ? '' : JSON.stringify(value));
  };

const FINE = json(200, { ok: true });

export async function openTestServer(tls?: ServerOptions): Promise<TestServer> {
  let seen: Seen[] = [];
  let answer: Answer | undefined = FINE;
  const counts = { connections: 0, closed: 0 };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const client = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      const arrived = { ...one, ...(typeof client === 'string' ? { client } : {}) };
      seen.push(arrived);
      answer?.(response, arrived);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  server.on('connection', (socket) => {
    counts.connections += 1;
    socket.on('close', () => (counts.closed += 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${hostPort}`,
    hostPort,
    get seen() {
      return seen;
    },
    connections: () => counts.connections,
    closed: () => counts.closed,
    answers: (next) => void (answer = next),
    reset: () => {
      seen = [];
      answer = FINE;
      Object.assign(counts, { connections: 0, closed: 0 });
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
