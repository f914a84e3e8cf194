import { flowRoute, operatorRoute, type AccessOptions, type Answer, type Call } from '@flowplane/infra/http';
import type { FastifyInstance } from 'fastify';
import {
  encodePosition,
  isScopeId,
  OPERATOR_BASE,
  OPERATOR_ROUTES,
  partitionOf,
  ROUTES,
  WORKSPACE_BASE,
  type OperatorRouteName,
  type OperatorRouteSpec,
  type RouteName,
  type RouteSpec,
} from '@flowplane/contracts';
import { setTenantQuotas } from './operator/tenant-quotas.js';
import { cancelExecution, startExecution } from './shell/execution-routes.js';
import { retryExecution } from './shell/retry-route.js';
import { pauseSchedule, resumeSchedule, triggerSchedule } from './shell/schedule-routes.js';
import { signalExecution } from './shell/signal-route.js';
import {
  createFlow,
  deleteFlow,
  publishFlow,
  updateFlow,
  validateFlow,
  type ShellContext,
} from './shell/flow-routes.js';

type CommandHandler = (context: ShellContext, call: Call) => Promise<Answer>;

const FLOW_ROUTES: Partial<Record<RouteName, CommandHandler>> = {
  createFlow,
  updateFlow,
  deleteFlow,
  validateFlow,
  publishFlow,
};
const EXECUTION_ROUTES: Partial<Record<RouteName, CommandHandler>> = {
  startExecution,
  cancelExecution,
  retryExecution,
  signalExecution,
};

/** Commands of operators about a tenant. */
const TENANT_ROUTES: Partial<Record<OperatorRouteName, CommandHandler>> = { setTenantQuotas };

const SCHEDULE_ROUTES: Partial<Record<RouteName, CommandHandler>> = { pauseSchedule, resumeSchedule, triggerSchedule };

/** Adds the command routes to a server. Executions and schedules are off where no engine is configured. */
export function addCommandRoutes(
  app: FastifyInstance,
  access: AccessOptions,
  context: ShellContext,
  disabled: { readonly executions: CommandHandler | undefined; readonly schedules: CommandHandler | undefined },
): void {
  addPositions(app, context);
  const add = (routes: Partial<Record<RouteName, CommandHandler>>, instead: CommandHandler | undefined): void => {
    for (const [name, handle] of Object.entries(routes)) {
      flowRoute(app, access, name as RouteName, (call) => (instead ?? handle)(context, call));
    }
  };
  add(FLOW_ROUTES, undefined);
  add(EXECUTION_ROUTES, disabled.executions);
  add(SCHEDULE_ROUTES, disabled.schedules);
  for (const [name, handle] of Object.entries(TENANT_ROUTES)) {
    operatorRoute(app, access, name as OperatorRouteName, (call) => handle(context, call));
  }
}

const COMMANDS: ReadonlySet<string> = new Set([
  ...Object.values<RouteSpec>(ROUTES)
    .filter(({ command }) => command)
    .map(({ method, path }) => `${method} ${WORKSPACE_BASE}${path}`),
  ...Object.values<OperatorRouteSpec>(OPERATOR_ROUTES)
    .filter(({ command }) => command === true)
    .map(({ method, path }) => `${method} ${OPERATOR_BASE}${path}`),
]);

/**
 * Every answer to a command carries a position (flows-api 3.4), a refusal before anything was appended as well: what
 * this instance has read of the caller's log, on which the refusal was based.
 */
function addPositions(app: FastifyInstance, { tail, partitions }: ShellContext): void {
  app.addHook('onSend', async (request, reply) => {
    if (reply.hasHeader('x-flows-position')) return;
    const { method, url = '' } = request.routeOptions;
    if (!COMMANDS.has(`${String(method)} ${url}`)) return;
    // Of a caller who is nobody no partition is known, and any will do.
    const caller = request.access?.identity.tenantId;
    const { tenantId: target = '' } = request.params as { readonly tenantId?: string };
    const tenantId = caller !== undefined && isScopeId(target) ? target : caller;
    const partition = tenantId === undefined ? 0 : partitionOf(tenantId, partitions);
    reply.header('x-flows-position', encodePosition(tail.reached(partition)));
  });
}
