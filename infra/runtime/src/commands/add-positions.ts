import {
  encodePosition,
  isScopeId,
  OPERATOR_BASE,
  OPERATOR_ROUTES,
  partitionOf,
  ROUTES,
  TEMPLATE_ROUTES,
  WORKSPACE_BASE,
  type OperatorRouteSpec,
  type RouteSpec,
  type TemplateRouteSpec,
} from '@flowplane/contracts';
import type { FastifyInstance } from 'fastify';
import type { CommandLog } from './open-command-log.js';

const COMMANDS: ReadonlySet<string> = new Set([
  ...Object.values<RouteSpec>(ROUTES)
    .filter(({ command }) => command)
    .map(({ method, path }) => `${method} ${WORKSPACE_BASE}${path}`),
  ...Object.values<TemplateRouteSpec>(TEMPLATE_ROUTES)
    .filter(({ command }) => command)
    .flatMap(({ method, path }) => [`${method} ${path}`, `${method} ${path}/`]),
  ...Object.values<OperatorRouteSpec>(OPERATOR_ROUTES)
    .filter(({ command }) => command === true)
    .map(({ method, path }) => `${method} ${OPERATOR_BASE}${path}`),
]);

/**
 * Every answer to a command carries a position (flows-api 3.4), a refusal before anything was appended as well: what
 * this instance has read of the caller's log, on which the refusal was based.
 */
export function addPositions(
  app: FastifyInstance,
  { tail, partitions }: Pick<CommandLog, 'tail' | 'partitions'>,
): void {
  app.addHook('onSend', async (request, reply) => {
    if (reply.hasHeader('x-flows-position')) return;
    const { method, url = '' } = request.routeOptions;
    if (!COMMANDS.has(`${String(method)} ${url}`)) return;
    // Of a caller who is nobody no partition is known, and any will do.
    const caller = request.access?.identity?.tenantId;
    const { tenantId: target = '' } = request.params as { readonly tenantId?: string };
    const tenantId = caller !== undefined && isScopeId(target) ? target : caller;
    const partition = tenantId === undefined ? 0 : partitionOf(tenantId, partitions);
    reply.header('x-flows-position', encodePosition(tail.reached(partition)));
  });
}
