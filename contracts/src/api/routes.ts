import { WATCH_ROUTES } from './watch-routes.js';

/** Privilege domain a route belongs to (flows-api 4). */
export type Domain = 'structural_admin' | 'data_access';
/** `yes`: role gate of flows-api 2.2(5); `known`: only when roles are given or the credential is an API key. */
export type Gate = 'yes' | 'known' | 'no';
export type ServiceName = 'command-service' | 'projection-service' | 'monitor-service' | 'trigger-service';

export type RouteSpec = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  /** Path below `/v1/flows/workspaces/:workspaceId`, in the router's notation. */
  readonly path: string;
  readonly domain: Domain;
  readonly gate: Gate;
  readonly command: boolean;
  readonly service: ServiceName;
};

export const WORKSPACE_BASE = '/v1/flows/workspaces/:workspaceId';

const A = 'structural_admin';
const D = 'data_access';
/** A read of the read models that no role is asked for. */
const READ = { method: 'GET', gate: 'no', command: false, service: 'projection-service' } as const;

/** The routes that exist now, by operation name: the single table behind access checks, gateway and matrix tests. */
export const ROUTES = {
  listTaskTypes: {
    method: 'GET',
    path: '/task-types',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  listFlows: { method: 'GET', path: '/flows', domain: A, gate: 'no', command: false, service: 'projection-service' },
  createFlow: { method: 'POST', path: '/flows', domain: A, gate: 'yes', command: true, service: 'command-service' },
  getFlow: {
    method: 'GET',
    path: '/flows/:flowId',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  updateFlow: {
    method: 'PATCH',
    path: '/flows/:flowId',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  deleteFlow: {
    method: 'DELETE',
    path: '/flows/:flowId',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  validateFlow: {
    method: 'POST',
    path: '/flows/:flowId/validate',
    domain: A,
    gate: 'no',
    command: false,
    service: 'command-service',
  },
  validateDocument: {
    method: 'POST',
    path: '/validate',
    domain: A,
    gate: 'no',
    command: false,
    service: 'command-service',
  },
  publishFlow: {
    method: 'POST',
    path: '/flows/:flowId/versions',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  listVersions: {
    method: 'GET',
    path: '/flows/:flowId/versions',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  getVersion: {
    method: 'GET',
    path: '/flows/:flowId/versions/:version',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  archiveVersion: {
    method: 'DELETE',
    path: '/flows/:flowId/versions/:version',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  startExecution: {
    method: 'POST',
    path: '/flows/:flowId/executions',
    domain: D,
    gate: 'no',
    command: true,
    service: 'command-service',
  },
  listExecutions: {
    method: 'GET',
    path: '/flows/:flowId/executions',
    domain: D,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  listWorkspaceExecutions: { ...READ, path: '/executions', domain: D },
  getExecution: {
    method: 'GET',
    path: '/flows/:flowId/executions/:executionId',
    domain: D,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  getExecutionValue: {
    method: 'GET',
    path: '/flows/:flowId/executions/:executionId/value',
    domain: D,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  cancelExecution: {
    method: 'POST',
    path: '/flows/:flowId/executions/:executionId/cancellations',
    domain: D,
    gate: 'no',
    command: true,
    service: 'command-service',
  },
  retryExecution: {
    method: 'POST',
    path: '/flows/:flowId/executions/:executionId/retries',
    domain: D,
    gate: 'no',
    command: true,
    service: 'command-service',
  },
  signalExecution: {
    method: 'POST',
    path: '/flows/:flowId/executions/:executionId/signals/:signalName',
    domain: D,
    gate: 'no',
    command: true,
    service: 'command-service',
  },
  ...WATCH_ROUTES,
  getCauses: { ...READ, path: '/executions/:executionId/causes', domain: D },
  listApprovals: { ...READ, path: '/approvals', domain: D },
  listSchedules: {
    method: 'GET',
    path: '/schedules',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  getSchedule: {
    method: 'GET',
    path: '/flows/:flowId/schedule',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  pauseSchedule: {
    method: 'POST',
    path: '/flows/:flowId/schedule/pause',
    domain: A,
    gate: 'known',
    command: true,
    service: 'command-service',
  },
  resumeSchedule: {
    method: 'POST',
    path: '/flows/:flowId/schedule/resume',
    domain: A,
    gate: 'known',
    command: true,
    service: 'command-service',
  },
  triggerSchedule: {
    method: 'POST',
    path: '/flows/:flowId/schedule/trigger',
    domain: A,
    gate: 'known',
    command: true,
    service: 'command-service',
  },
  getCommand: {
    method: 'GET',
    path: '/commands/:commandId',
    domain: D,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  receiveWebhook: {
    method: 'POST',
    path: '/triggers/webhooks/:triggerId',
    domain: D,
    gate: 'no',
    command: true,
    service: 'trigger-service',
  },
  listWebhooks: {
    method: 'GET',
    path: '/triggers/webhooks',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  listEventTriggers: { ...READ, path: '/triggers/events', domain: A },
  listDeliveries: {
    method: 'GET',
    path: '/triggers/webhooks/:triggerId/deliveries',
    domain: A,
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  redeliverWebhook: {
    method: 'POST',
    path: '/triggers/webhooks/:triggerId/deliveries/:deliveryId/redeliveries',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/triggers/webhooks/:triggerId/rotations',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  listConnections: {
    method: 'GET',
    path: '/connections',
    domain: A,
    gate: 'yes',
    command: false,
    service: 'projection-service',
  },
  getConnection: {
    method: 'GET',
    path: '/connections/:connectionName',
    domain: A,
    gate: 'yes',
    command: false,
    service: 'projection-service',
  },
  putConnection: {
    method: 'PUT',
    path: '/connections/:connectionName',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  deleteConnection: {
    method: 'DELETE',
    path: '/connections/:connectionName',
    domain: A,
    gate: 'yes',
    command: true,
    service: 'command-service',
  },
  listAudit: { method: 'GET', path: '/audit', domain: A, gate: 'yes', command: false, service: 'projection-service' },
  listQuotas: { method: 'GET', path: '/quotas', domain: A, gate: 'no', command: false, service: 'projection-service' },
} as const satisfies Record<string, RouteSpec>;

export type RouteName = keyof typeof ROUTES;
