import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/index.js';
import { causeFields, openSpan } from '../telemetry/index.js';
import { correlationIdOf } from './correlation-id.js';

const PROBES: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/metrics']);

/** What names a request in a log line: correlation id, trace, method and path. No query: it may hold a credential. */
export function requestFields(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const cause = causeFields({ correlationId: correlationIdOf(request), traceparent: request.traceparent });
  return { ...cause, method: request.method, path: request.url.split('?', 1)[0] };
}

/**
 * A span for every request but probes, in the caller's trace if it sent a `traceparent`, and a line at level debug. A
 * request ends when its connection is done with it, so an event stream lasts as long as somebody listens.
 */
export function traceRequests(app: FastifyInstance, logger: Pick<Logger, 'debug'>): void {
  app.decorateRequest('traceparent', null);
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route = '{unknown}' } = request.routeOptions;
    if (PROBES.has(route)) return done();
    const { traceparent } = request.headers;
    const span = openSpan({
      name: `${request.method} ${route}`,
      kind: 'server',
      parent: typeof traceparent === 'string' ? traceparent : null,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'flowplane.correlation_id': correlationIdOf(request),
      },
    });
    request.traceparent = span.traceparent;
    reply.raw.once('close', () => {
      const { statusCode: status } = reply.raw;
      span.set({ 'http.response.status_code': status });
      span.end(status >= 500 ? new Error(`answered ${status}`) : undefined);
      logger.debug({ ...requestFields(request), status, durationMs: Math.round(reply.elapsedTime) }, 'answered');
    });
    done();
  });
}
