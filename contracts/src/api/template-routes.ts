import type { ServiceName } from './routes.js';

/** Base of the routes of provisioning templates: that of OpenSearch Flow Framework (provisioning 1.1). */
export const TEMPLATE_BASE = '/_plugins/_flow_framework/workflow';

/** The workspace of templates in the log, the engine and the read models. They are of the tenant: no request names it. */
export const TEMPLATE_WORKSPACE = '_tpl';

export type TemplateRouteSpec = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Whole path in the router's notation. A slash behind it means the same. */
  readonly path: string;
  readonly service: ServiceName;
  /** It appends a command to the log. */
  readonly command: boolean;
  /** `write`: a role of flows-api 2.2(5); `operator`: one of the platform; `read`: any caller of the tenant. */
  readonly gate: 'write' | 'operator' | 'read';
  /** What the original calls the permission, as a refusal names it (provisioning 1.6). */
  readonly permission: string;
  /** A body is read although the method is GET. */
  readonly bodyOnGet?: true;
};

const ONE = `${TEMPLATE_BASE}/:templateId` as const;
const FRAMEWORK = 'cluster:admin/opensearch/flow_framework';

const C = { service: 'command-service', command: true, gate: 'write' } as const;
const P = { service: 'projection-service', command: false, gate: 'read' } as const;

/** The routes of provisioning templates, by operation name. */
export const TEMPLATE_ROUTES = {
  createTemplate: { method: 'POST', path: TEMPLATE_BASE, ...C, permission: `${FRAMEWORK}/workflow/create` },
  updateTemplate: { method: 'PUT', path: ONE, ...C, permission: `${FRAMEWORK}/workflow/create` },
  provisionTemplate: {
    method: 'POST',
    path: `${ONE}/_provision`,
    ...C,
    permission: `${FRAMEWORK}/workflow/provision`,
  },
  reprovisionTemplate: {
    method: 'POST',
    path: `${ONE}/_reprovision`,
    ...C,
    permission: `${FRAMEWORK}/workflow/reprovision`,
  },
  resumeTemplate: { method: 'POST', path: `${ONE}/_resume`, ...C, permission: `${FRAMEWORK}/workflow/provision` },
  deprovisionTemplate: {
    method: 'POST',
    path: `${ONE}/_deprovision`,
    ...C,
    permission: `${FRAMEWORK}/workflow/deprovision`,
  },
  deleteTemplate: { method: 'DELETE', path: ONE, ...C, permission: `${FRAMEWORK}/workflow/delete` },
  planTemplate: {
    method: 'POST',
    path: `${ONE}/_plan`,
    service: 'command-service',
    command: false,
    gate: 'read',
    permission: `${FRAMEWORK}/workflow/get`,
  },
  getTemplate: { method: 'GET', path: ONE, ...P, permission: `${FRAMEWORK}/workflow/get` },
  templateStatus: { method: 'GET', path: `${ONE}/_status`, ...P, permission: `${FRAMEWORK}/workflow_state/get` },
  templateDrift: { method: 'GET', path: `${ONE}/_drift`, ...P, permission: `${FRAMEWORK}/workflow_state/get` },
  templateSteps: {
    method: 'GET',
    path: `${TEMPLATE_BASE}/_steps`,
    ...P,
    permission: `${FRAMEWORK}/workflow_step/get`,
  },
  searchTemplates: {
    method: 'POST',
    path: `${TEMPLATE_BASE}/_search`,
    ...P,
    permission: `${FRAMEWORK}/workflow/search`,
  },
  searchTemplatesByGet: {
    method: 'GET',
    path: `${TEMPLATE_BASE}/_search`,
    ...P,
    permission: `${FRAMEWORK}/workflow/search`,
    bodyOnGet: true,
  },
  searchTemplateStates: {
    method: 'POST',
    path: `${TEMPLATE_BASE}/state/_search`,
    ...P,
    permission: `${FRAMEWORK}/workflow_state/search`,
  },
  searchTemplateStatesByGet: {
    method: 'GET',
    path: `${TEMPLATE_BASE}/state/_search`,
    ...P,
    permission: `${FRAMEWORK}/workflow_state/search`,
    bodyOnGet: true,
  },
  clusterSettings: {
    method: 'PUT',
    path: '/_cluster/settings',
    service: 'command-service',
    command: false,
    gate: 'operator',
    permission: 'cluster:admin/settings/update',
  },
  getClusterSettings: {
    method: 'GET',
    path: '/_cluster/settings',
    service: 'command-service',
    command: false,
    gate: 'operator',
    permission: 'cluster:monitor/settings/get',
  },
} as const satisfies Record<string, TemplateRouteSpec>;

export type TemplateRouteName = keyof typeof TEMPLATE_ROUTES;
