import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PROBLEMS, TRANSPORT_PROBLEMS, type TransportProblemCode } from '@flowplane/contracts';
import { CORRELATION_HEADER, newCorrelationId } from './correlation-id.js';

type Said = { readonly status: number; readonly code: string; readonly message: string };

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
};

const CODES: Readonly<Record<string, TransportProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

const NO_ROUTE: Said = { code: 'NO_ROUTE', ...PROBLEMS.NO_ROUTE };

type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/** A request by all its looks, with a method that node does not know: such a method has no route. */
const isUnknownMethod = ({ code, rawPacket }: ClientError): boolean =>
  code === 'HPE_INVALID_METHOD' && /^[A-Z][A-Z-]{0,30} \S+ HTTP\/1\.[01]\r\n/.test(String(rawPacket ?? ''));

/** Answers to HEAD have no body, whatever they say. The packet is the first one, unless the headers came in several. */
const isHead = ({ rawPacket }: ClientError): boolean => rawPacket?.subarray(0, 5).toString() === 'HEAD ';

const said = (code: TransportProblemCode): Said => ({ code, ...TRANSPORT_PROBLEMS[code] });

/**
 * Makes a server answer what never becomes a request in the form of all other refusals, where node would answer without
 * a body or cut the connection: broken HTTP, too large or too slow headers, CONNECT, an unknown Expect. An answer that is
 * given before the body was read arrives too.
 */
export function answerConnectionErrors(server: Server): void {
  const current = new WeakMap<Duplex, ServerResponse>();
  server.on('connection', (socket: Socket) => {
    // What node closes a connection with after its last answer, whether or not the client is still sending.
    socket.destroySoon = () => endAndLinger(socket);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    current.set(request.socket, response);
  });
  server.on('clientError', (error: ClientError, socket: Duplex) => {
    // In the middle of an answer nothing can be said any more.
    const begun = current.get(socket);
    const isAnswering = begun !== undefined && begun.headersSent && !begun.writableEnded;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else if (isUnknownMethod(error)) lastWord(socket, NO_ROUTE);
    else lastWord(socket, said(CODES[error.code ?? ''] ?? 'MALFORMED_REQUEST'), isHead(error));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    lastWord(socket, NO_ROUTE);
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, ...body } = said('EXPECTATION_FAILED');
    const text = JSON.stringify(body);
    response.writeHead(status, { ...headersOf(text), connection: 'close' }).end(text);
  });
}

const headersOf = (text: string) => ({
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(text)),
  [CORRELATION_HEADER]: newCorrelationId({}),
});

/** Time for a client to read the answer before the connection is cut. */
const LINGER_MS = 1_000;

/** Closes after what was written, reading on for a moment: a client that is still sending would lose the answer. */
function endAndLinger(socket: Duplex, last = ''): void {
  socket.end(last);
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}

function lastWord(socket: Duplex, { status, ...body }: Said, withoutBody = false): void {
  const text = JSON.stringify(body);
  const headers = { ...headersOf(text), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  endAndLinger(
    socket,
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${lines.join('')}\r\n${withoutBody ? '' : text}`,
  );
}
