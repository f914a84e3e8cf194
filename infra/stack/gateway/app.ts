import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PROBLEMS, type ProblemCode } from '@flowplane/contracts';
import { answerConnectionErrors, CORRELATION_HEADER, makeCors, newCorrelationId } from '@flowplane/plumbing/http';
import { forward } from './forward.js';
import { joinedMetrics } from './joined-metrics.js';
import { routeRequest, UPSTREAMS, type Upstream } from './route-request.js';

export interface GatewayOptions {
  readonly upstreams: Readonly<Record<Upstream, URL>>;
  /** Processes that serve nothing but have metrics, by name. */
  readonly workers: Readonly<Record<string, URL>>;
  /** Sent to the services as `x-gateway-auth`, so that they believe the identity headers. */
  readonly sharedSecret: string | undefined;
  /** Pages of these origins may read what the gateway itself answers; the services see to their answers. */
  readonly corsOrigins: readonly string[];
  /** How long a service that refuses connections is waited for, in ms. */
  readonly connectWindowMs: number;
  readonly onFault: (fault: unknown, what: string) => void;
}

const RETRY_AFTER_SECONDS = 1;
/** Longer than a service waits for its dependencies. */
const PROBE_TIMEOUT_MS = 3_000;
// Longer than clients and load balancers keep idle connections, so that it is they who close.
const KEEP_ALIVE_MS = 72_000;

/** One port in front of all services. Not yet listening; `server.close()` ends it. */
export function makeGateway(options: GatewayOptions): Server {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const cors = makeCors(options.corsOrigins);
  const letIn = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeaders(new Map(Object.entries(cors.headersFor(request.headers))));
  };
  const refuse = (request: IncomingMessage, response: ServerResponse, code: ProblemCode): void => {
    if (response.headersSent || response.destroyed) return;
    letIn(request, response);
    sendProblem(request, response, code);
  };
  const addHeaders: Record<string, string> =
    options.sharedSecret === undefined ? {} : { 'x-gateway-auth': options.sharedSecret };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = request.url ?? '/';
    if (isOwn(request.method, target)) {
      response.setHeader(CORRELATION_HEADER, newCorrelationId(request.headers));
      letIn(request, response);
      if (target.startsWith('/healthz')) return sendJson(response, 200, { status: 'ok' });
      if (target.startsWith('/metrics')) return sendMetrics(response, { ...options.upstreams, ...options.workers });
      return sendReadiness(response, options.upstreams);
    }
    const upstream = routeRequest(request.method ?? 'GET', target);
    const { kind } = await forward(request, response, {
      upstream: options.upstreams[upstream],
      agent,
      addHeaders,
      connectWindowMs: options.connectWindowMs,
    });
    // Nothing was sent, so nothing was appended: 503 is true. A broken exchange may have taken effect: 500, not 503.
    if (kind === 'unreachable') refuse(request, response, codeOfOutage(upstream));
    if (kind === 'broken') refuse(request, response, 'CONTROL_PLANE_ERROR');
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    answer(request, response).catch((fault: unknown) => {
      options.onFault(fault, `${request.method} ${request.url}`);
      if (response.headersSent) response.destroy();
      else refuse(request, response, 'CONTROL_PLANE_ERROR');
    });
  });
  answerConnectionErrors(server);
  server.requestTimeout = 0; // a slow upload is the service's to judge
  server.once('close', () => agent.destroy());
  return server;
}

/** Health, readiness and the metrics of all are the gateway's own to tell; of their other methods the services say that there are none. */
const isOwn = (method: string | undefined, target: string): boolean =>
  (method === 'GET' || method === 'HEAD') && /^\/(healthz|readyz|metrics)(\?|$)/.test(target);

function codeOfOutage(upstream: Upstream): ProblemCode {
  return upstream === 'command-service' ? 'LOG_UNAVAILABLE' : 'STORE_UNAVAILABLE';
}

function sendProblem(request: IncomingMessage, response: ServerResponse, code: ProblemCode): void {
  const { status, message } = PROBLEMS[code];
  if (status === 503) response.setHeader('retry-after', String(RETRY_AFTER_SECONDS));
  response.setHeader(CORRELATION_HEADER, newCorrelationId(request.headers));
  sendJson(response, status, { code, message });
  request.resume();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

/** What the services miss, and the services that cannot be asked. */
async function sendReadiness(response: ServerResponse, upstreams: GatewayOptions['upstreams']): Promise<void> {
  const missing = await Promise.all(UPSTREAMS.map((name) => missingBehind(name, upstreams[name])));
  const names = [...new Set(missing.flat())];
  if (names.length === 0) sendJson(response, 200, { status: 'ok' });
  else sendJson(response, 503, { status: 'unavailable', missing: names });
}

/** The metrics of all processes together; one that does not answer in time is left out, and said to be. */
async function sendMetrics(response: ServerResponse, processes: Readonly<Record<string, URL>>): Promise<void> {
  const scraped = await Promise.all(
    Object.entries(processes).map(async ([service, url]) => ({ service, text: await metricsOf(url) })),
  );
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(joinedMetrics(scraped));
}

async function metricsOf(url: URL): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

async function missingBehind(name: Upstream, upstream: URL): Promise<readonly string[]> {
  try {
    const answer = await fetch(new URL('/readyz', upstream), { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    const { missing } = (await answer.json()) as { readonly missing?: readonly string[] };
    return answer.status === 200 ? [] : (missing ?? [name]);
  } catch {
    return [name];
  }
}
