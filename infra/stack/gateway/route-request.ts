import {
  CALLER_BASE,
  CALLER_ROUTES,
  OPERATOR_BASE,
  OPERATOR_ROUTES,
  ROUTES,
  TEMPLATE_ROUTES,
  WORKSPACE_BASE,
  type OperatorRouteSpec,
  type ServiceName,
} from '@flowplane/contracts';

/** The services behind the gateway. */
export const UPSTREAMS = ['command-service', 'projection-service', 'trigger-service', 'monitor-service'] as const;
export type Upstream = ServiceName;

type Row = { readonly method: string; readonly path: RegExp; readonly service: Upstream };

const rowsOf = (
  base: string,
  routes: Readonly<Record<string, Pick<OperatorRouteSpec, 'method' | 'path' | 'service'>>>,
) =>
  Object.values(routes).map(({ method, path, service }): Row => ({
    ...{ method, service },
    path: new RegExp(`^${(base + path).replaceAll(/:[A-Za-z]+/g, '[^/]+')}${base === '' ? '/?' : ''}$`),
  }));
const ROWS: readonly Row[] = [
  ...rowsOf(WORKSPACE_BASE, ROUTES),
  ...rowsOf(OPERATOR_BASE, OPERATOR_ROUTES),
  ...rowsOf('', TEMPLATE_ROUTES),
  ...rowsOf(CALLER_BASE, CALLER_ROUTES),
];
const READ_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Which service answers a request: the one that the route table names. Pages are the
 * monitor-service's. The command-service refuses unknown routes of operators and methods that change something; the
 * projection-service has the schemas of the log and refuses all other reads.
 *
 * @param target request target as sent: path, and maybe a query
 */
export function routeRequest(method: string, target: string): Upstream {
  const path = target.split('?', 1)[0] ?? '';
  const asked = READ_METHODS.has(method) ? 'GET' : method;
  const row = ROWS.find((one) => one.method === asked && one.path.test(path));
  if (row !== undefined) return row.service;
  if (asked !== 'GET' || path.startsWith('/v1/internal/')) return 'command-service';
  return path === '/' || path === '/ui' || path.startsWith('/ui/') ? 'monitor-service' : 'projection-service';
}
