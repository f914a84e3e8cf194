import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The server that flows under test call: counts calls by path, and can hold answers back. */
export type CalledServer = {
  readonly url: string;
  /** `host:port`, for FLOWS_HTTP_ALLOW_HOSTS. */
  readonly hostPort: string;
  /** Calls of each path so far. */
  readonly calls: ReadonlyMap<string, number>;
  /** Headers of each call of a path, in order. */
  readonly headersOf: (path: string) => readonly IncomingHttpHeaders[];
  /** Idempotency keys of a path that had an effect: a call whose key was there before has none, and its first one's answer. */
  readonly effects: (path: string) => readonly string[];
  /** From now on calls of this path get no answer until `release`. */
  readonly hold: (path: string) => void;
  /** From now on calls of this path are answered with 503 until `release`. */
  readonly fail: (path: string) => void;
  readonly release: (path: string) => void;
  readonly close: () => Promise<void>;
};

/** Answers every call with 200 and `{"path": …}` as JSON, unless a test sets another answer. */
export async function startCalledServer(): Promise<CalledServer> {
  const calls = new Map<string, number>();
  const headers = new Map<string, IncomingHttpHeaders[]>();
  const held = new Map<string, ServerResponse[]>();
  const failing = new Set<string>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    calls.set(path, (calls.get(path) ?? 0) + 1);
    headers.set(path, [...(headers.get(path) ?? []), request.headers]);
    request.resume();
    const waiting = held.get(path);
    if (failing.has(path)) answer(response, path, 503);
    else if (waiting === undefined) answer(response, path);
    else waiting.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${hostPort}`,
    hostPort,
    calls,
    headersOf: (path) => headers.get(path) ?? [],
    effects: (path) =>
      [...new Set((headers.get(path) ?? []).flatMap((one) => one['idempotency-key'] ?? []))] as string[],
    hold: (path) => void held.set(path, held.get(path) ?? []),
    fail: (path) => void failing.add(path),
    release: (path) => {
      failing.delete(path);
      for (const response of held.get(path) ?? []) answer(response, path);
      held.delete(path);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, path: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ path }));
}
