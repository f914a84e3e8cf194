import { flowRoute, type AccessOptions, type Answer, type Call } from '@flowplane/infra/http';
import type { FastifyInstance } from 'fastify';
import type { RouteName } from '@flowplane/contracts';
import { cancelExecution, startExecution } from './shell/execution-routes.js';
import { retryExecution } from './shell/retry-route.js';
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

/** Adds the command routes to a server. `executions` is off where no engine is configured (501 FLOWS_DISABLED). */
export function addCommandRoutes(
  app: FastifyInstance,
  access: AccessOptions,
  context: ShellContext,
  disabled: { readonly executions: CommandHandler | undefined },
): void {
  const add = (routes: Partial<Record<RouteName, CommandHandler>>, instead: CommandHandler | undefined): void => {
    for (const [name, handle] of Object.entries(routes)) {
      flowRoute(app, access, name as RouteName, (call) => (instead ?? handle)(context, call));
    }
  };
  add(FLOW_ROUTES, undefined);
  add(EXECUTION_ROUTES, disabled.executions);
}
