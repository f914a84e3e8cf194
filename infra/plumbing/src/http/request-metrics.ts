import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/index.js';

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A path as a metric label: UUIDs, numbers and long segments become `{id}` (flows-api 15). */
export function routeLabel(url: string): string {
  const path = url.split('?', 1)[0] as string;
  return path
    .split('/')
    .map((segment) => (UUID.test(segment) || /^\d+$/.test(segment) || segment.length > 24 ? '{id}' : segment))
    .join('/');
}

/** Different paths that get a label each; ids shorter than `routeLabel` replaces are the client's to invent. */
const MAX_LABELS = 500;

/** The label of a request. Unknown routes share one, and beyond a bound all paths of a route do: no client grows the set. */
function makeLabels(): (request: FastifyRequest) => string {
  const known = new Set<string>();
  return (request) => {
    if (request.is404) return '{unknown}';
    const label = routeLabel(request.url);
    if (!known.has(label) && known.size >= MAX_LABELS) {
      return (request.routeOptions.url ?? '').replaceAll(/:[^/]+/g, '{id}');
    }
    known.add(label);
    return label;
  };
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
  const labelOf = makeLabels();
  app.addHook('onResponse', (request, reply, done) => {
    const values = { method: request.method, route: labelOf(request), status: String(reply.statusCode) };
    total.inc(values);
    seconds.observe(values, reply.elapsedTime / 1000);
    done();
  });
}
