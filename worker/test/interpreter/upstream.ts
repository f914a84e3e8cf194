import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server whose answers depend on the path; counts the requests of each. */
export type Upstream = {
  readonly host: string;
  readonly url: (path: string) => string;
  readonly count: (path: string) => number;
  /** Requests of a path whose client went away before it was answered. */
  readonly left: (path: string) => number;
  /** Paths of all requests so far, in their order. */
  readonly paths: () => readonly string[];
  /** Paths of the requests that were answered, in that order. */
  readonly answered: () => readonly string[];
  /** Lets requests to `/hold` be answered. */
  readonly release: () => void;
  readonly close: () => Promise<void>;
};

/**
 * `/ok…` answers 200; `/breaks/<n>/…` breaks the connection for the first n requests; `/hold…` answers when released;
 * a path with `/later/<ms>/` in it answers after that time; `/bytes/<n>` has a body of n bytes of text; a path with `status-<n>` in it answers
 * with that status; `/busy/<n>/…` answers the first n requests with 503 and asks for a second's patience.
 */
export async function openUpstream(): Promise<Upstream> {
  const counts = new Map<string, number>();
  const left = new Map<string, number>();
  const paths: string[] = [];
  const answered: string[] = [];
  const held = new Set<() => void>();
  let released = false;
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    paths.push(path);
    const breaks = Number(/^\/breaks\/(\d+)/.exec(path)?.[1] ?? 0);
    if (count <= breaks) return void request.socket.destroy();
    request.resume();
    response.on('close', () => {
      if (!response.writableEnded) left.set(path, (left.get(path) ?? 0) + 1);
    });
    response.statusCode = Number(/status-(\d+)/.exec(path)?.[1] ?? 200);
    if (count <= Number(/^\/busy\/(\d+)/.exec(path)?.[1] ?? 0)) {
      return void response.writeHead(503, { 'retry-after': '1' }).end();
    }
    const answer = (): void => {
      answered.push(path);
      response.end(JSON.stringify({ path, count }));
    };
    if (path.startsWith('/hold') && !released) return void held.add(answer);
    const size = /^\/bytes\/(\d+)/.exec(path)?.[1];
    if (size !== undefined) return void response.end('x'.repeat(Number(size)));
    const laterMs = Number(/\/later\/(\d+)/.exec(path)?.[1] ?? 0);
    if (laterMs > 0) return void setTimeout(answer, laterMs);
    answer();
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    count: (path) => counts.get(path) ?? 0,
    left: (path) => left.get(path) ?? 0,
    paths: () => paths,
    answered: () => answered,
    release: () => {
      released = true;
      for (const answer of held) answer();
      held.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
