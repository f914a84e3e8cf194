import { STEP_NOT_IMPLEMENTED } from './template-problem.js';

export { templateProblem } from './template-problem.js';
import type { Problem } from '../log/messages/index.js';
import { QUOTA_DIMENSIONS } from '../quotas/index.js';

/** The one catalogue of error codes (flows-api 16): status and the message used where the thrower gives none. */
export const PROBLEMS = {
  INVALID_JSON: { status: 400, message: 'The request body must be a JSON object.' },
  INVALID_TEXT: { status: 400, message: 'A text holds a NUL or half of a surrogate pair, which cannot be kept.' },
  UNKNOWN_MEMBER: { status: 400, message: 'The request body has a member that is not known.' },
  NAME_REQUIRED: { status: 400, message: 'name must be a non-empty string.' },
  INVALID_FLOW_ID: {
    status: 400,
    message: 'flowId must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$ and must not contain -workflow-.',
  },
  INVALID_INPUT: { status: 400, message: 'input must be a JSON object.' },
  INVALID_LABELS: {
    status: 400,
    message: 'labels must be an object of at most 16 texts of at most 256 characters.',
  },
  INVALID_QUERY: { status: 400, message: 'The query parameters cannot be used.' },
  INVALID_SIGNAL: { status: 400, message: 'approved must be a boolean.' },
  INVALID_POSITION: { status: 400, message: 'x-flows-min-position is not a position token.' },
  INVALID_WORKSPACE_ID: { status: 400, message: 'The workspace id must match ^[A-Za-z0-9_-]{1,64}$.' },
  INVALID_REVISION: { status: 400, message: 'If-Match or expectedVersion is malformed or contradictory.' },
  INVALID_IDEMPOTENCY_KEY: { status: 400, message: 'Idempotency-Key must be 1 to 128 printable ASCII characters.' },
  INVALID_CONNECTION_NAME: {
    status: 400,
    message:
      'The name of a connection must match ^[a-z][a-z0-9-]{0,62}$ and must not be default, which the operator configures.',
  },
  CONNECTION_INVALID: { status: 400, message: 'The body is no connection of a known kind.' },
  FLOW_DEFINITION_INVALID: { status: 400, message: 'The definition does not have the shape of a flow.' },
  UNAUTHENTICATED: { status: 401, message: 'A valid credential is required.' },
  INVALID_SIGNATURE: { status: 401, message: 'The webhook signature is not valid.' },
  FORBIDDEN: { status: 403, message: 'The caller may not do this.' },
  CROSS_TENANT_VIOLATION: { status: 403, message: 'The workspace is not of the caller’s tenant.' },
  CROSS_TENANT_FORBIDDEN: { status: 403, message: 'The execution is not of the caller’s tenant, workspace and flow.' },
  PRIVILEGE_DOMAIN_MISMATCH: { status: 403, message: 'The credential is for another privilege domain.' },
  NOT_AN_APPROVER: { status: 403, message: 'The caller is not among the approvers.' },
  TENANT_FENCED: { status: 403, message: 'The tenant is being torn down.' },
  NO_ROUTE: { status: 404, message: 'There is no such route.' },
  FLOW_NOT_FOUND: { status: 404, message: 'There is no such flow.' },
  VERSION_NOT_FOUND: { status: 404, message: 'There is no such published version.' },
  EXECUTION_NOT_FOUND: { status: 404, message: 'There is no such execution.' },
  VALUE_NOT_FOUND: { status: 404, message: 'The execution has no such value.' },
  SCHEDULE_NOT_FOUND: { status: 404, message: 'The flow has no schedule.' },
  WORKSPACE_NOT_FOUND: { status: 404, message: 'The workspace is not registered.' },
  COMMAND_NOT_FOUND: { status: 404, message: 'There is no such command.' },
  CONNECTION_NOT_FOUND: { status: 404, message: 'There is no such connection.' },
  DELIVERY_NOT_FOUND: { status: 404, message: 'There is no such delivery.' },
  FLOW_EXISTS: { status: 409, message: 'A flow with this id exists already.' },
  FLOW_HAS_ACTIVE_EXECUTIONS: { status: 409, message: 'The flow has runs that are not over.' },
  EXECUTION_NOT_RUNNING: { status: 409, message: 'The execution is over.' },
  RETRY_NOT_POSSIBLE: { status: 409, message: 'The execution cannot be retried from there in its state.' },
  VERSION_IN_USE: { status: 409, message: 'The version is in use.' },
  CONNECTION_IN_USE: { status: 409, message: 'Published versions of flows refer to the connection.' },
  EVENTS_GONE: { status: 410, message: 'The events behind this id are not kept any more.' },
  REVISION_CONFLICT: { status: 412, message: 'The flow has another revision.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The payload is too large.' },
  DEFINITION_TOO_LARGE: { status: 413, message: 'The definition is too large to publish.' },
  FLOW_VALIDATION_FAILED: { status: 422, message: 'The flow is not valid.' },
  INVALID_YAML: { status: 422, message: 'The definition is not acceptable YAML.' },
  UNKNOWN_SIGNAL: { status: 422, message: 'The run’s version has no such approval node.' },
  INPUT_VALIDATION_FAILED: { status: 422, message: 'The input does not fit the declared inputs.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, message: 'The Idempotency-Key was used for another request.' },
  INVALID_RETRY_POINT: { status: 422, message: 'The node is unknown or was never visited.' },
  INVALID_EXPRESSION: { status: 422, message: 'The trigger’s expression cannot be evaluated on this event.' },
  QUOTA_EXCEEDED: { status: 429, message: 'A quota is exhausted.' },
  CONTROL_PLANE_ERROR: { status: 500, message: 'The control plane failed.' },
  FLOWS_DISABLED: { status: 501, message: 'Executions are not enabled here.' },
  FLOW_SCHEDULING_DISABLED: { status: 501, message: 'Scheduling is not enabled here.' },
  TRIGGERS_DISABLED: { status: 501, message: 'Triggers are not enabled here.' },
  FLOW_MONITORING_DISABLED: { status: 501, message: 'Monitoring is not enabled here.' },
  TRIGGER_REGISTRATION_FAILED: {
    status: 502,
    message:
      'The triggers could not be registered: a webhook needs FLOW_TRIGGER_SECRET_KEY set in the services, a platform event its topic.',
  },
  OVERLOADED: { status: 503, message: 'The control plane is behind.' },
  LOG_UNAVAILABLE: { status: 503, message: 'The event log is not reachable.' },
  STORE_UNAVAILABLE: { status: 503, message: 'The read store is not reachable.' },
  OWNERS_UNKNOWN: {
    status: 503,
    message:
      'Whose this workspace is is not known yet: the owners of workspaces are being read from the event log. Try again.',
  },
  UPGRADE_UNDER_WAY: {
    status: 503,
    message:
      'Processes of an earlier release may still run, which could not read this. It works once FLOWS_WRITE_AS is unset.',
  },
  SECRETS_UNAVAILABLE: {
    status: 503,
    message:
      'Credentials cannot be kept here: FLOWS_MASTER_KEYS is not set in the services, or a key of the tenant does not open.',
  },
  ENGINE_UNAVAILABLE: { status: 503, message: 'The engine is not reachable.' },
  POSITION_NOT_REACHED: { status: 504, message: 'The read models have not reached the asked position in time.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

/** Refusals of what never becomes a request, outside the catalogue: no route and no check gives them. */
export const TRANSPORT_PROBLEMS = {
  MALFORMED_REQUEST: { status: 400, message: 'The request is not well-formed HTTP.' },
  REQUEST_TIMEOUT: { status: 408, message: 'The request did not arrive in time.' },
  EXPECTATION_FAILED: { status: 417, message: 'The only expectation that can be met is 100-continue.' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The request headers are too large.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type TransportProblemCode = keyof typeof TRANSPORT_PROBLEMS;

export type ProblemCode = keyof typeof PROBLEMS;

/** One of these roles or users would do; at least one list is there. */
export type ApprovalMembers = {
  readonly nodeId: string;
  readonly requiredRoles?: readonly string[];
  readonly requiredUsers?: readonly string[];
};

/** A published version of a flow. */
export type FlowVersionRef = { readonly flowId: string; readonly version: number };

export type ProblemDetails = {
  readonly message?: string;
  /** JSON-serialisable entries, for the codes that have `errors`. */
  readonly errors?: readonly unknown[];
  readonly dimension?: string;
  /** Of QUOTA_EXCEEDED: what the dimension allows, grace included, and what is used of it. */
  readonly quota?: { readonly limit: number; readonly usage: number };
  /** Of NOT_AN_APPROVER: the approval, and the approvers it names. */
  readonly approval?: ApprovalMembers;
  /** Of CONNECTION_IN_USE: published versions that refer to it. */
  readonly versions?: readonly FlowVersionRef[];
  readonly retryAfterSeconds?: number;
};

/** A refusal of the catalogue, ready to be recorded or sent. */
export function problem(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const entry = PROBLEMS[code];
  const single = details.quota ?? details.approval;
  const errors = details.errors ?? details.versions ?? (single === undefined ? undefined : [single]);
  return {
    status: entry.status,
    code,
    message: details.message ?? entry.message,
    errors: errors === undefined ? null : JSON.stringify(errors),
    dimension: details.dimension ?? null,
    retryAfterSeconds: details.retryAfterSeconds ?? null,
  };
}

/** What a client sees of a problem: `code` and `message`, and below 500 also the members of its code (flows-api 1.4). */
export function problemBody(refusal: Problem): Record<string, unknown> {
  // A step that is not built is what the template says, no fault of this server.
  if (refusal.status >= 500 && refusal.code !== STEP_NOT_IMPLEMENTED) {
    const entry = (PROBLEMS as Record<string, { readonly message: string }>)[refusal.code];
    return { code: refusal.code, message: entry?.message ?? PROBLEMS.CONTROL_PLANE_ERROR.message };
  }
  const { code, message } = refusal;
  const errors = refusal.errors === null ? undefined : (JSON.parse(refusal.errors) as readonly unknown[]);
  if (code === 'QUOTA_EXCEEDED') return { code, message, ...quotaMembers(refusal, errors) };
  if (code === 'NOT_AN_APPROVER') return { code, message, ...(errors?.[0] as ApprovalMembers | undefined) };
  if (code === 'CONNECTION_IN_USE') return { code, message, versions: errors ?? [] };
  return { code, message, ...(errors === undefined ? {} : { errors }) };
}

/** Dimensions that are counted for less than a tenant. */
const SCOPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(QUOTA_DIMENSIONS.map(({ dimension, scope }) => [dimension, scope])),
  max_event_topics: 'workspace',
  max_connections: 'workspace',
};

/** `errors` of a refusal by a quota holds one entry: its numbers. An external evaluator may not have given them. */
function quotaMembers(
  { dimension, retryAfterSeconds }: Problem,
  errors: readonly unknown[] = [],
): Record<string, unknown> {
  return {
    ...(dimension === null ? {} : { dimension, scope: SCOPES[dimension] ?? 'tenant' }),
    ...(errors[0] as Partial<NonNullable<ProblemDetails['quota']>> | undefined),
    ...(retryAfterSeconds === null ? {} : { retryAfter: retryAfterSeconds }),
  };
}
