import type { CallerRouteName } from './caller-routes.js';
import type { OPERATOR_ROUTES, OperatorRouteName } from './operator-routes.js';
import type { RouteName, ROUTES } from './routes.js';
import type { TEMPLATE_ROUTES, TemplateRouteName } from './template-routes.js';

type Commands = {
  readonly [Name in RouteName]: (typeof ROUTES)[Name]['command'] extends true ? Name : never;
}[RouteName];
type Changes = {
  readonly [Name in OperatorRouteName]: (typeof OPERATOR_ROUTES)[Name]['method'] extends 'GET' ? never : Name;
}[OperatorRouteName];

type TemplateChanges = {
  readonly [Name in TemplateRouteName]: (typeof TEMPLATE_ROUTES)[Name] extends
    { readonly gate: 'read' } | { readonly method: 'GET' }
    ? never
    : Name;
}[TemplateRouteName];

/** What each route that changes something is called where somebody was not let in (flows-api 13.2). */
export const COMMAND_NAMES: Readonly<Record<Commands | Changes | TemplateChanges, string>> = {
  createFlow: 'flow.create',
  updateFlow: 'flow.update',
  deleteFlow: 'flow.delete',
  publishFlow: 'flow.publish',
  putConnection: 'connection.put',
  deleteConnection: 'connection.delete',
  archiveVersion: 'version.archive',
  startExecution: 'execution.start',
  cancelExecution: 'execution.cancel',
  retryExecution: 'execution.retry',
  signalExecution: 'execution.signal',
  pauseSchedule: 'schedule.pause',
  resumeSchedule: 'schedule.resume',
  triggerSchedule: 'schedule.trigger',
  receiveWebhook: 'execution.start',
  redeliverWebhook: 'webhook.redeliver',
  rotateWebhookSecret: 'webhook.rotate',
  rewrapWebhookSecrets: 'webhook.rewrap',
  assignWorkspace: 'workspace.assign',
  createApiKey: 'api_key.create',
  removeApiKey: 'api_key.remove',
  setTenantQuotas: 'tenant.quotas',
  setLlmModels: 'workspace.llm_models',
  teardownTenant: 'tenant.teardown',
  rewrapTenantKeys: 'tenant.key',
  rotateTenantKey: 'tenant.key',
  createTemplate: 'template.create',
  updateTemplate: 'template.update',
  provisionTemplate: 'template.provision',
  reprovisionTemplate: 'template.reprovision',
  resumeTemplate: 'template.resume',
  deprovisionTemplate: 'template.deprovision',
  deleteTemplate: 'template.delete',
  clusterSettings: 'provisioning.settings',
};

/** Who sends the executor's commands. A caller may be called so as well: nothing but a note hangs on it. */
export const EXECUTOR_ACTOR = 'executor';

/** Name of refused fires of a schedule where one entry counts many of them. */
export const FIRE_DENIED = 'schedule.fire';

/** A route that asks who calls. */
export type GuardedRouteName = RouteName | OperatorRouteName | TemplateRouteName | CallerRouteName;

/** @returns undefined for a route that changes nothing */
export const commandNameOf = (route: GuardedRouteName): string | undefined =>
  (COMMAND_NAMES as Readonly<Partial<Record<string, string>>>)[route];
