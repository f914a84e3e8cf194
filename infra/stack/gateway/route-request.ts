/** The services behind the gateway. */
export const UPSTREAMS = ['command-service', 'projection-service', 'trigger-service', 'monitor-service'] as const;
export type Upstream = (typeof UPSTREAMS)[number];

const READ_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const WEBHOOK = /^\/v1\/flows\/workspaces\/[^/]+\/triggers\/webhooks\/[^/]+$/;
const TENANT_COMMAND = /^\/v1\/internal\/flows\/tenants\/[^/]+\/commands\/[^/]+$/;
const EVENT_STREAM = /^\/v1\/flows\/workspaces\/[^/]+\/executions\/[^/]+\/events$/;

/**
 * Which service answers a request: commands (every method that changes something, and the internal routes) the
 * command-service, deliveries of webhooks the trigger-service, streams and pages the monitor-service, every other read the projection-service, whose 404 stands for
 * unknown paths.
 *
 * @param target request target as sent: path, and maybe a query
 */
export function routeRequest(method: string, target: string): Upstream {
  const path = target.split('?', 1)[0] ?? '';
  if (method === 'GET' && TENANT_COMMAND.test(path)) return 'projection-service';
  if (path.startsWith('/v1/internal/')) return 'command-service';
  if (method === 'POST' && WEBHOOK.test(path)) return 'trigger-service';
  if (!READ_METHODS.has(method)) return 'command-service';
  if (EVENT_STREAM.test(path)) return 'monitor-service';
  if (path === '/' || path === '/ui' || path.startsWith('/ui/')) return 'monitor-service';
  return 'projection-service';
}
