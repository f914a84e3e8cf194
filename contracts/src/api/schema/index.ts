import type { CallerRouteName } from '../caller-routes.js';
import type { OperatorRouteName } from '../operator-routes.js';
import type { RouteName } from '../routes.js';
import type { TemplateRouteName } from '../template-routes.js';
import type { PublicRouteName } from './public-routes.js';
import { OPERATOR_ROUTE_SCHEMAS } from './operator-routes.js';
import { PUBLIC_ROUTE_SCHEMAS } from './public-routes.js';
import { CALLER_ROUTE_SCHEMAS } from './caller-routes.js';
import { COMMAND_ROUTE_SCHEMAS } from './command-routes.js';
import { CONNECTION_ROUTE_SCHEMAS } from './connection-routes.js';
import { EXECUTION_ROUTE_SCHEMAS } from './execution-routes.js';
import { FLOW_ROUTE_SCHEMAS } from './flow-routes.js';
import { GOVERNANCE_ROUTE_SCHEMAS } from './governance-routes.js';
import { SCHEDULE_ROUTE_SCHEMAS } from './schedule-routes.js';
import { TEMPLATE_ROUTE_SCHEMAS } from './template-routes.js';
import { STREAM_ROUTE_SCHEMAS } from './stream-routes.js';
import { WORKSPACE_RUN_ROUTE_SCHEMAS } from './workspace-run-routes.js';
import { WEBHOOK_ROUTE_SCHEMAS } from './webhook-routes.js';
import type { RouteSchema } from './route-schema.js';

/** The schema of every route of `ROUTES`; one that is missing is a type error here. One file per group of routes. */
export const ROUTE_SCHEMAS = {
  ...FLOW_ROUTE_SCHEMAS,
  ...EXECUTION_ROUTE_SCHEMAS,
  ...WORKSPACE_RUN_ROUTE_SCHEMAS,
  ...STREAM_ROUTE_SCHEMAS,
  ...SCHEDULE_ROUTE_SCHEMAS,
  ...COMMAND_ROUTE_SCHEMAS,
  ...CONNECTION_ROUTE_SCHEMAS,
  ...GOVERNANCE_ROUTE_SCHEMAS,
  ...WEBHOOK_ROUTE_SCHEMAS,
} as const satisfies Record<RouteName, RouteSchema>;

/** The schema of every operation of the API: routes of tenants, operators and callers, and those that need no credential. */
export const OPERATION_SCHEMAS = {
  ...ROUTE_SCHEMAS,
  ...(OPERATOR_ROUTE_SCHEMAS satisfies Record<OperatorRouteName, RouteSchema>),
  ...(TEMPLATE_ROUTE_SCHEMAS satisfies Record<TemplateRouteName, RouteSchema>),
  ...(CALLER_ROUTE_SCHEMAS satisfies Record<CallerRouteName, RouteSchema>),
  ...PUBLIC_ROUTE_SCHEMAS,
} as const;

export type OperationName = RouteName | OperatorRouteName | TemplateRouteName | CallerRouteName | PublicRouteName;

export { PUBLIC_ROUTES, type PublicRouteName } from './public-routes.js';
export { RunStatusFrameShape, StreamFrameShape } from './stream-routes.js';
export { PendingCommand } from './command-routes.js';
export { TemplateRefusalShape } from './template-shapes.js';
export { ProblemShape } from './problem-shape.js';
export { PATH_PARAMETERS, type ParameterOf } from './path-parameters.js';
export type { BodyOf, QueryOf, ResultOf, RouteAnswer, RouteSchema } from './route-schema.js';
