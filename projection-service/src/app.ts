import {
  callerRoute,
  flowRoute,
  operatorRoute,
  templateRoute,
  type AccessOptions,
  type Answer,
  type Call,
  type PartsAnswer,
  type TemplateAccessOptions,
} from '@flowplane/runtime/api';
import type { FastifyInstance } from 'fastify';
import { plainText } from '@flowplane/contracts/read-model';
import { listApprovals } from './queries/approvals.js';
import { listAudit } from './queries/audit.js';
import { getCauses } from './queries/causes.js';
import { getCommand, getTenantCommand, type CommandsScope } from './queries/commands.js';
import { getConnection, listConnections } from './queries/connections.js';
import { listChildren } from './queries/execution-children.js';
import { getExecution } from './queries/execution-detail.js';
import { getExecutionValue } from './queries/execution-value.js';
import { listExecutions } from './queries/executions.js';
import { listWorkspaceExecutions } from './queries/workspace-executions.js';
import { getFlow, listFlows } from './queries/flows.js';
import { getMe, type MeScope } from './queries/me.js';
import type { DetailScope } from './queries/run-outline.js';
import { listQuotas, type QuotasScope } from './queries/quotas.js';
import { getSchedule, listSchedules, type SchedulesScope } from './queries/schedules.js';
import { listTaskTypes, type TaskTypesScope } from './queries/list-task-types.js';
import { templateDrift, type TemplateDriftScope } from './queries/template-drift.js';
import { searchTemplates, type TemplateSearchScope } from './queries/template-search.js';
import { getTemplate, templateStatus, templateSteps } from './queries/templates.js';
import { listEventTriggers } from './queries/event-triggers.js';
import { listDeliveries, listWebhooks } from './queries/webhooks.js';
import { getVersion, listVersions } from './queries/versions.js';

/** Everything the read routes need. */
export type QueryScope = DetailScope & CommandsScope & QuotasScope & SchedulesScope & TaskTypesScope & MeScope;

/** Adds the read routes of this service. */
export function addQueryRoutes(app: FastifyInstance, access: AccessOptions, scope: QueryScope): void {
  const route = (
    name: Parameters<typeof flowRoute>[2],
    read: (scope: QueryScope, call: Call) => Promise<Answer | PartsAnswer>,
  ): void => flowRoute(app, access, name, (call) => read(scope, storable(call)));
  route('listFlows', listFlows);
  route('getFlow', getFlow);
  route('listVersions', listVersions);
  route('getVersion', getVersion);
  route('listExecutions', listExecutions);
  route('listWorkspaceExecutions', listWorkspaceExecutions);
  route('getExecution', getExecution);
  route('getExecutionValue', getExecutionValue);
  route('listApprovals', listApprovals);
  route('getCauses', getCauses);
  route('listExecutionChildren', listChildren);
  route('listSchedules', listSchedules);
  route('getSchedule', getSchedule);
  route('getCommand', getCommand);
  route('listConnections', listConnections);
  route('getConnection', getConnection);
  route('listWebhooks', listWebhooks);
  route('listEventTriggers', listEventTriggers);
  route('listDeliveries', listDeliveries);
  operatorRoute(app, access, 'getTenantCommand', (call) => getTenantCommand(scope, storable(call)));
  route('listAudit', listAudit);
  route('listQuotas', listQuotas);
  route('listTaskTypes', listTaskTypes);
  callerRoute(app, access, 'getMe', (call) => getMe(scope, storable(call)));
}

/** Adds the routes that read provisioning templates. */
export function addTemplateQueryRoutes(
  app: FastifyInstance,
  access: TemplateAccessOptions,
  scope: TemplateDriftScope & TemplateSearchScope,
): void {
  templateRoute(app, access, 'templateDrift', (call) => templateDrift(scope, call));
  templateRoute(app, access, 'getTemplate', (call) => getTemplate(scope, call));
  templateRoute(app, access, 'templateStatus', (call) => templateStatus(scope, call));
  templateRoute(app, access, 'templateSteps', (call) => templateSteps(scope, call));
  for (const name of ['searchTemplates', 'searchTemplatesByGet'] as const) {
    templateRoute(app, access, name, (call) => searchTemplates(scope, call, 'template'));
  }
  for (const name of ['searchTemplateStates', 'searchTemplateStatesByGet'] as const) {
    templateRoute(app, access, name, (call) => searchTemplates(scope, call, 'state'));
  }
}

/** Path and query as texts the store can compare with: a NUL matches nothing that is stored. */
function storable<Asked extends Pick<Call, 'params' | 'query'>>(call: Asked): Asked {
  const entries = (texts: Call['query'] | Call['params']) =>
    Object.entries(texts).map(([name, value]) => [
      name,
      typeof value === 'string' ? plainText(value) : value?.map(plainText),
    ]);
  return { ...call, params: Object.fromEntries(entries(call.params)), query: Object.fromEntries(entries(call.query)) };
}
