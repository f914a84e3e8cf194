import { randomUUID } from 'node:crypto';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PROBLEMS, type ProblemCode } from '@flowplane/contracts';
import { forward } from './forward.js';
import { routeRequest, UPSTREAMS, type Upstream } from './route-request.js';

export interface GatewayOptions {
  readonly upstreams: Readonly<Record<Upstream, URL>>;
  /** Sent to the services as `x-gateway-auth`, so that they believe the identity headers. */
  readonly sharedSecret: string | undefined;
  /** How long a service that refuses connections is waited for, in ms. */
  readonly connectWindowMs: number;
  readonly onFault: (fault: unknown, what: string) => void;
}

const RETRY_AFTER_SECONDS = 1;
const PROBE_TIMEOUT_MS = 2_000;
// Longer than clients and load balancers keep idle connections, so that it is they who close.
const KEEP_ALIVE_MS = 72_000;

/** One port in front of all services. Not yet listening; `server.close()` ends it. */
export function makeGateway(options: GatewayOptions): Server {
  const agent = new Agent({ keepAlive: true, noDelay: true, scheduling: 'lifo' });
  const addHeaders: Record<string, string> =
    options.sharedSecret === undefined ? {} : { 'x-gateway-auth': options.sharedSecret };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = request.url ?? '/';
    if (target === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (target === '/readyz') return sendReadiness(response, options.upstreams);
    const upstream = routeRequest(request.method ?? 'GET', target);
    const { kind } = await forward(request, response, {
      upstream: options.upstreams[upstream],
      agent,
      addHeaders,
      connectWindowMs: options.connectWindowMs,
    });
    // Nothing was sent, so nothing was appended: 503 is true. A broken exchange may have taken effect: 500, not 503.
    if (kind === 'unreachable') sendProblem(request, response, codeOfOutage(upstream));
    if (kind === 'broken') sendProblem(request, response, 'CONTROL_PLANE_ERROR');
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    answer(request, response).catch((fault: unknown) => {
      options.onFault(fault, `${request.method} ${request.url}`);
      if (response.headersSent) response.destroy();
      else sendProblem(request, response, 'CONTROL_PLANE_ERROR');
    });
  });
  server.requestTimeout = 0; // a slow upload is the service's to judge
  server.once('close', () => agent.destroy());
  return server;
}

function codeOfOutage(upstream: Upstream): ProblemCode {
  return upstream === 'command-service' ? 'LOG_UNAVAILABLE' : 'STORE_UNAVAILABLE';
}

function sendProblem(request: IncomingMessage, response: ServerResponse, code: ProblemCode): void {
  if (response.headersSent || response.destroyed) return;
  const { status, message } = PROBLEMS[code];
  if (status === 503) response.setHeader('retry-after', String(RETRY_AFTER_SECONDS));
  const given = request.headers['x-correlation-id'];
  const isUsable = typeof given === 'string' && /^[A-Za-z0-9._:-]{8,128}$/.test(given);
  response.setHeader('x-correlation-id', isUsable ? given : randomUUID());
  sendJson(response, status, { code, message });
  request.resume();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function sendReadiness(response: ServerResponse, upstreams: GatewayOptions['upstreams']): Promise<void> {
  const checks = await Promise.all(
    UPSTREAMS.map(async (name) => ({ name, isReady: await answersReady(upstreams[name]) })),
  );
  const missing = checks.filter(({ isReady }) => !isReady).map(({ name }) => name);
  if (missing.length === 0) sendJson(response, 200, { status: 'ok' });
  else sendJson(response, 503, { status: 'unavailable', missing });
}

function answersReady(upstream: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(new URL('/readyz', upstream), { agent: false, timeout: PROBE_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', () => resolve(false));
  });
}
