import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/** How a forwarded request ended. */
export type Forwarded =
  | { readonly kind: 'answered' }
  /** No connection could be made until the deadline: nothing of the request was sent. */
  | { readonly kind: 'unreachable' }
  /** The connection broke after the request was (partly) sent and before an answer: it may have taken effect. */
  | { readonly kind: 'broken' };

export interface ForwardOptions {
  /** `http://host:port` of the service. */
  readonly upstream: URL;
  readonly agent: Agent;
  /** Set on the request, in place of what the client sent under these (lower-case) names. */
  readonly addHeaders: Readonly<Record<string, string>>;
  /** How long refused connections are tried again, in ms. */
  readonly connectWindowMs: number;
}

const RETRY_EVERY_MS = 50;

/** How long a client may go on sending a body that was answered before it was read. */
const REST_OF_BODY_MS = 60_000;

// RFC 9110, 7.6.1: they speak of one connection, not of the message. `expect` was answered by our own server.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Passes a request on and its answer back, both as streams: neither body is held, so event streams flow at once and
 * large bodies cost no memory. A refused connection is tried again, for every method, since the body is read only once
 * a connection stands. A broken one is tried again for reads without a body only.
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<Forwarded> {
  const deadline = Date.now() + options.connectWindowMs;
  const isRepeatable = (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request);
  for (;;) {
    const outcome = await attempt(request, response, options);
    if (outcome === 'answered' || response.destroyed) return { kind: 'answered' };
    if (outcome === 'broken' && !isRepeatable) return { kind: 'broken' };
    if (Date.now() >= deadline) return { kind: outcome === 'broken' ? 'broken' : 'unreachable' };
    await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
  }
}

function attempt(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<'answered' | 'refused' | 'broken'> {
  return new Promise((resolve) => {
    let isConnected = false;
    const outgoing = httpRequest({
      hostname: options.upstream.hostname,
      port: options.upstream.port,
      agent: options.agent,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: requestHeaders(request, options.addHeaders),
      setHost: false,
    });
    const giveUp = (): void => {
      outgoing.destroy();
    };
    const settle = (outcome: 'answered' | 'refused' | 'broken'): void => {
      response.off('close', giveUp);
      resolve(outcome);
    };
    response.once('close', giveUp); // the client left: the service need not go on
    outgoing.once('socket', (socket) => {
      const connected = (): void => {
        isConnected = true;
        if (hasBody(request)) request.pipe(outgoing);
        else outgoing.end();
      };
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    outgoing.once('response', (incoming) => {
      passAnswer(request, incoming, response, outgoing, () => settle('answered'));
    });
    // Also after the answer began, when the service closed without reading all of the body: nothing is left to do then.
    outgoing.on('error', () => settle(isConnected ? 'broken' : 'refused'));
  });
}

function passAnswer(
  request: IncomingMessage,
  incoming: IncomingMessage,
  response: ServerResponse,
  outgoing: ClientRequest,
  done: () => void,
): void {
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, endToEnd(incoming.rawHeaders));
  response.flushHeaders(); // an event stream's first byte may come much later
  incoming.on('error', () => undefined); // 'close' below reports it
  incoming.pipe(response);
  incoming.once('end', () => {
    if (!request.complete) {
      // Answered before the whole body was read (413): let the client finish sending, into nothing.
      request.unpipe(outgoing);
      request.resume();
      const cut = setTimeout(() => request.destroy(), REST_OF_BODY_MS);
      request.once('close', () => clearTimeout(cut));
      outgoing.destroy(); // its body is not complete, so the connection is of no further use
    }
    done();
  });
  incoming.once('close', () => {
    if (!incoming.complete) response.destroy(); // cut off: the client must not take it for whole
    done();
  });
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Names and values by turns, as node keeps raw headers. */
function requestHeaders(request: IncomingMessage, addHeaders: Readonly<Record<string, string>>): string[] {
  const kept = endToEnd(request.rawHeaders, (name) => !(name in addHeaders));
  return [...kept, ...bodyFraming(request), ...Object.entries(addHeaders).flat()];
}

/** Said outright, since node would frame a missing body of a POST as chunked, which is another thing to the service. */
function bodyFraming(request: IncomingMessage): string[] {
  if (request.headers['transfer-encoding'] !== undefined) return ['transfer-encoding', 'chunked'];
  const isSized = request.headers['content-length'] !== undefined;
  return isSized || request.method === 'GET' || request.method === 'HEAD' ? [] : ['content-length', '0'];
}

function endToEnd(rawHeaders: readonly string[], keep: (name: string) => boolean = () => true): string[] {
  const named = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'connection',
  );
  const dropped = new Set(
    named.flatMap((value) =>
      value
        .toLowerCase()
        .split(',')
        .map((name) => name.trim()),
    ),
  );
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (HOP_BY_HOP.has(name) || dropped.has(name) || !keep(name)) continue;
    kept.push(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return kept;
}
