import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/index.js';

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Label of all requests that no route takes, whatever their paths are. */
const UNMATCHED = '{unknown}';

/** The template of a request's route, as a metric label (flows-api 15): what is in a path is nobody else's to see. */
export function routeLabel({ is404, routeOptions }: Pick<FastifyRequest, 'is404' | 'routeOptions'>): string {
  const { url } = routeOptions;
  return is404 || url === undefined ? UNMATCHED : url.replaceAll(/:([A-Za-z]+)/g, '{$1}');
}

/** Counts and times every answered request. */
export function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  const labels = ['method', 'route', 'status'] as const;
  const total = metrics.counter({ name: 'flows_http_requests_total', help: 'HTTP requests answered.', labels });
  const seconds = metrics.histogram({
    name: 'flows_http_request_duration_seconds',
    help: 'Time from request to answer.',
    labels,
    buckets: BUCKETS_S,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const values = { method: request.method, route: routeLabel(request), status: String(reply.statusCode) };
    total.inc(values);
    seconds.observe(values, reply.elapsedTime / 1000);
    done();
  });
}
