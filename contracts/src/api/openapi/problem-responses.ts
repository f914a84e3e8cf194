import { PROBLEMS, TRANSPORT_PROBLEMS, type ProblemCode } from '../../problems/index.js';
import { problemShape, TransportProblemShape } from '../schema/problem-shape.js';
import { TemplateRefusalShape } from '../schema/template-shapes.js';
import type { Components, JsonSchema } from './components.js';

type ProblemStatus = (typeof PROBLEMS)[ProblemCode]['status'];

type Example = { readonly code: ProblemCode; readonly message: string };

const example = (code: ProblemCode, members: Readonly<Record<string, unknown>> = {}): Example => ({
  code,
  message: PROBLEMS[code].message,
  ...members,
});

/** As flow-language 2.2 and 3.1 have them. */
const UNKNOWN_MEMBER = {
  code: 'FLW-E000',
  nodeId: 's1',
  path: '/nodes/0',
  message: '/nodes/0 must not have additional properties ("params")',
};
const UNKNOWN_NODE = {
  code: 'FLW-E003',
  nodeId: 'a',
  message: "Node 'a' points to unknown node 'nxet' (next).",
  line: 5,
  column: 11,
  hint: 'Did you mean "next"?',
};
const FULL = { dimension: 'max_flows', scope: 'tenant', limit: 50, usage: 50 };
const TOO_FAST = { dimension: 'flow_starts_per_minute', scope: 'workspace', limit: 60, usage: 60, retryAfter: 7 };

/** What the document calls the refusals of a status, and some of them: first one that every operation has, if any is. */
const RESPONSES: Readonly<Record<ProblemStatus, { readonly name: string; readonly examples: readonly Example[] }>> = {
  400: {
    name: 'BadRequest',
    examples: [example('INVALID_TEXT'), example('FLOW_DEFINITION_INVALID', { errors: [UNKNOWN_MEMBER] })],
  },
  401: {
    name: 'Unauthorized',
    examples: [example('UNAUTHENTICATED', { acceptedCredentials: ['apiKey', 'bearer'] })],
  },
  403: {
    name: 'Forbidden',
    examples: [
      example('FORBIDDEN', { requiredRoles: ['platform_admin', 'superadmin'] }),
      // flow-language 13
      example('NOT_AN_APPROVER', { nodeId: 'review', requiredRoles: ['finance_approver'], requiredUsers: ['u-117'] }),
    ],
  },
  404: { name: 'NotFound', examples: [example('NO_ROUTE'), example('FLOW_NOT_FOUND')] },
  409: { name: 'Conflict', examples: [example('FLOW_EXISTS')] },
  410: { name: 'Gone', examples: [example('EVENTS_GONE')] },
  412: { name: 'PreconditionFailed', examples: [example('REVISION_CONFLICT')] },
  413: { name: 'ContentTooLarge', examples: [example('PAYLOAD_TOO_LARGE')] },
  422: {
    name: 'Unprocessable',
    examples: [example('IDEMPOTENCY_KEY_REUSED'), example('FLOW_VALIDATION_FAILED', { errors: [UNKNOWN_NODE] })],
  },
  429: {
    name: 'TooManyRequests',
    examples: [example('QUOTA_EXCEEDED', TOO_FAST), example('QUOTA_EXCEEDED', FULL)],
  },
  500: { name: 'InternalError', examples: [example('CONTROL_PLANE_ERROR')] },
  501: { name: 'NotEnabled', examples: [example('FLOWS_DISABLED')] },
  502: { name: 'BadGateway', examples: [example('TRIGGER_REGISTRATION_FAILED')] },
  503: { name: 'Unavailable', examples: [example('STORE_UNAVAILABLE')] },
  504: { name: 'GatewayTimeout', examples: [example('POSITION_NOT_REACHED')] },
};

const HEADERS_TOO_LARGE = 'HeadersTooLarge';
const RETRY_AFTER = { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } };

/** Refusals by a quota have one code, and differ by the dimension. */
const nameOf = ({ code, dimension }: { readonly code: string; readonly dimension?: unknown }): string =>
  typeof dimension === 'string' ? `${code} ${dimension}` : code;

const content = (
  schema: JsonSchema,
  values: readonly { readonly code: string; readonly message: string }[],
): JsonSchema => {
  const examples = Object.fromEntries(values.map((value) => [nameOf(value), { value }]));
  return { content: { 'application/json': { schema, examples } } };
};

const codesOf = (status: number): readonly ProblemCode[] =>
  (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].status === status);

const said = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${PROBLEMS[code].message}`).join('\n\n');

/** The refusals of every status, for `components.responses`. */
export function problemResponses(components: Components): Readonly<Record<string, JsonSchema>> {
  const listed = Object.entries(RESPONSES).map(([status, { name, examples }]) => {
    const codes = codesOf(Number(status));
    const headers = status === '429' || status === '503' ? { headers: RETRY_AFTER } : {};
    const schema = components.place(problemShape(name, codes));
    return [name, { description: said(codes), ...headers, ...content(schema, examples) }];
  });
  const { message } = TRANSPORT_PROBLEMS.HEADERS_TOO_LARGE;
  const tooLarge = content(components.place(TransportProblemShape), [{ code: 'HEADERS_TOO_LARGE', message }]);
  return Object.fromEntries([
    ...listed,
    [HEADERS_TOO_LARGE, { description: message, ...tooLarge }],
    [TEMPLATE_REFUSED, templateRefused(components)],
  ]) as Record<string, JsonSchema>;
}

const TEMPLATE_REFUSED = 'TemplateRefused';
/** Statuses of refusals on routes of templates; each may have the one form (provisioning 1.3). */
const TEMPLATE_STATUSES = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504];

export const TEMPLATE_REFUSALS: readonly (readonly [string, JsonSchema])[] = TEMPLATE_STATUSES.map((status) => [
  String(status),
  { $ref: `#/components/responses/${TEMPLATE_REFUSED}` },
]);

function templateRefused(components: Components): JsonSchema {
  const reason = 'Failed to parse value [x] as only [true] or [false] are allowed.';
  const cause = { type: 'illegal_argument_exception', reason };
  const examples = {
    text: { value: { error: 'Failed to retrieve template (K1) from global context.' } },
    cause: { value: { error: { root_cause: [cause], ...cause }, status: 400 } },
  };
  const schema = components.place(TemplateRefusalShape);
  return {
    description: 'Refused, with the text of the original.',
    content: { 'application/json': { schema, examples } },
  };
}

/** A reference to the refusals of a status; its description names those that the operation has. */
export const problemReference = (status: number, codes: readonly ProblemCode[]): JsonSchema => ({
  $ref: `#/components/responses/${RESPONSES[status as ProblemStatus].name}`,
  description: said(codes),
});

/** Of what never becomes a request only this one depends on what an operation is sent. */
export const HEADERS_TOO_LARGE_REFERENCE: readonly [string, JsonSchema] = [
  String(TRANSPORT_PROBLEMS.HEADERS_TOO_LARGE.status),
  { $ref: `#/components/responses/${HEADERS_TOO_LARGE}` },
];
