import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What scripts of another origin may read of an answer beside its body. */
const EXPOSED = [
  ...['etag', 'location', 'preference-applied', 'retry-after'],
  ...['x-correlation-id', 'x-flows-position', 'x-idempotent-replay'],
].join(', ');
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** Seconds that a browser may keep the answer to a preflight. */
const MAX_AGE = '600';

export type Cors = {
  /** What an answer says to a browser, also to a page that is not let in. */
  readonly headersFor: (request: IncomingHttpHeaders) => Readonly<Record<string, string>>;
  /** Headers of the answer to a preflight of an allowed page; undefined: the request is none. */
  readonly preflight: (method: string, request: IncomingHttpHeaders) => Readonly<Record<string, string>> | undefined;
};

/**
 * Which pages of other origins may use the API (Fetch standard, 3.3). Cookies play no part: a credential is a header that
 * the page itself sends.
 *
 * @param origins FLOWS_CORS_ORIGINS; `*`: every page
 */
export function makeCors(origins: readonly string[]): Cors {
  const known = new Set(origins);
  const isLetIn = ({ origin }: IncomingHttpHeaders): boolean =>
    origin !== undefined && (known.has('*') || known.has(origin));
  // A cache must not give one origin's answer to another.
  const vary: Readonly<Record<string, string>> = known.size === 0 || known.has('*') ? {} : { vary: 'Origin' };
  const headersFor: Cors['headersFor'] = (request) =>
    isLetIn(request)
      ? {
          ...vary,
          'access-control-allow-origin': known.has('*') ? '*' : String(request.origin),
          'access-control-expose-headers': EXPOSED,
        }
      : vary;
  return {
    headersFor,
    preflight: (method, request) => {
      if (method !== 'OPTIONS' || !isLetIn(request)) return undefined;
      if (request['access-control-request-method'] === undefined) return undefined;
      const asked = request['access-control-request-headers'];
      return {
        ...headersFor(request),
        'access-control-allow-methods': METHODS,
        ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
        'access-control-max-age': MAX_AGE,
      };
    },
  };
}

/** Lets pages in, on every route there is and on every refusal. */
export function allowOrigins(app: FastifyInstance, cors: Cors): void {
  app.addHook('onRequest', async (request, reply) => {
    const preflight = cors.preflight(request.method, request.headers);
    reply.headers(preflight ?? cors.headersFor(request.headers));
    if (preflight !== undefined) await reply.code(204).send();
  });
}
