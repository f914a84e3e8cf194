import { flowRoute, operatorRoute, type AccessOptions, type Answer, type Call } from '@flowplane/runtime/api';
import type { FastifyInstance } from 'fastify';
import { addPositions } from '@flowplane/runtime/commands';
import type { OperatorRouteName, RouteName } from '@flowplane/contracts';
import { deleteConnection, putConnection } from './routes/connections/connection-routes.js';
import { setLlmModels } from './routes/operator/llm-models.js';
import { setTenantQuotas } from './routes/operator/tenant-quotas.js';
import { cancelExecution, startExecution } from './routes/executions/execution-routes.js';
import { retryExecution } from './routes/executions/retry-route.js';
import { pauseSchedule, resumeSchedule, triggerSchedule } from './routes/schedules/schedule-routes.js';
import { signalExecution } from './routes/executions/signal-route.js';
import { redeliverWebhook, rotateWebhookSecret } from './routes/webhooks/webhook-routes.js';
import {
  archiveVersion,
  createFlow,
  deleteFlow,
  publishFlow,
  updateFlow,
  validateDocument,
  validateFlow,
} from './routes/flows/flow-routes.js';
import type { ShellContext } from './routes/shell-context.js';

type CommandHandler = (context: ShellContext, call: Call) => Promise<Answer>;

const FLOW_ROUTES: Partial<Record<RouteName, CommandHandler>> = {
  createFlow,
  updateFlow,
  deleteFlow,
  validateFlow,
  validateDocument,
  publishFlow,
  archiveVersion,
  rotateWebhookSecret,
  putConnection,
  deleteConnection,
};
const EXECUTION_ROUTES: Partial<Record<RouteName, CommandHandler>> = {
  startExecution,
  cancelExecution,
  retryExecution,
  signalExecution,
  redeliverWebhook,
};

/** Commands of operators about a tenant. */
const TENANT_ROUTES: Partial<Record<OperatorRouteName, CommandHandler>> = { setTenantQuotas, setLlmModels };

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
