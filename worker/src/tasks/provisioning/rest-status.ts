/** Names of HTTP statuses as OpenSearch has them. */
const NAMES = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  407: 'PROXY_AUTHENTICATION',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  410: 'GONE',
  411: 'LENGTH_REQUIRED',
  412: 'PRECONDITION_FAILED',
  413: 'REQUEST_ENTITY_TOO_LARGE',
  414: 'REQUEST_URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'REQUESTED_RANGE_NOT_SATISFIED',
  417: 'EXPECTATION_FAILED',
  421: 'MISDIRECTED_REQUEST',
  422: 'UNPROCESSABLE_ENTITY',
  423: 'LOCKED',
  424: 'FAILED_DEPENDENCY',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  501: 'NOT_IMPLEMENTED',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
  505: 'HTTP_VERSION_NOT_SUPPORTED',
  507: 'INSUFFICIENT_STORAGE',
} as const;

export type RestStatus = (typeof NAMES)[keyof typeof NAMES];

/** Name of the status of a failed answer; one that OpenSearch does not know counts as the first of its hundred. */
export function restStatusOf(status: number): RestStatus {
  const known: RestStatus | undefined = NAMES[status as keyof typeof NAMES];
  return known ?? (status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
}

const STATUSES = new Map<RestStatus, number>(Object.entries(NAMES).map(([status, name]) => [name, Number(status)]));

/** The HTTP status of a name. */
export const httpStatusOf = (name: RestStatus): number => STATUSES.get(name) ?? 500;
