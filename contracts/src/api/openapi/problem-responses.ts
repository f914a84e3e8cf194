import { PROBLEMS, problem, problemBody, TRANSPORT_PROBLEMS, type ProblemCode } from '../../problems/index.js';
import { problemShape, TransportProblemShape } from '../schema/problem-shape.js';
import type { Components, JsonSchema } from './components.js';

type ProblemStatus = (typeof PROBLEMS)[ProblemCode]['status'];

/** What the document calls the refusals of a status, and one of them. */
const RESPONSES = {
  400: { name: 'BadRequest', example: problem('NAME_REQUIRED') },
  401: { name: 'Unauthorized', example: problem('UNAUTHENTICATED') },
  403: { name: 'Forbidden', example: problem('FORBIDDEN') },
  404: { name: 'NotFound', example: problem('FLOW_NOT_FOUND') },
  409: { name: 'Conflict', example: problem('FLOW_EXISTS') },
  412: { name: 'PreconditionFailed', example: problem('REVISION_CONFLICT') },
  413: { name: 'ContentTooLarge', example: problem('PAYLOAD_TOO_LARGE') },
  422: { name: 'Unprocessable', example: problem('IDEMPOTENCY_KEY_REUSED') },
  429: {
    name: 'TooManyRequests',
    example: problem('QUOTA_EXCEEDED', { dimension: 'max_flows', quota: { limit: 50, usage: 50 } }),
  },
  500: { name: 'InternalError', example: problem('CONTROL_PLANE_ERROR') },
  501: { name: 'NotEnabled', example: problem('FLOWS_DISABLED') },
  502: { name: 'BadGateway', example: problem('TRIGGER_REGISTRATION_FAILED') },
  503: { name: 'Unavailable', example: problem('OVERLOADED') },
  504: { name: 'GatewayTimeout', example: problem('POSITION_NOT_REACHED') },
} as const satisfies Record<ProblemStatus, { readonly name: string; readonly example: ReturnType<typeof problem> }>;

const HEADERS_TOO_LARGE = 'HeadersTooLarge';
const RETRY_AFTER = { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } };

const content = (schema: JsonSchema, example: unknown): JsonSchema => ({
  content: { 'application/json': { schema, example } },
});

const codesOf = (status: number): readonly ProblemCode[] =>
  (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].status === status);

const said = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${PROBLEMS[code].message}`).join('\n\n');

/** The refusals of every status, for `components.responses`. */
export function problemResponses(components: Components): Readonly<Record<string, JsonSchema>> {
  const listed = Object.entries(RESPONSES).map(([status, { name, example }]) => {
    const codes = codesOf(Number(status));
    const headers = status === '429' || status === '503' ? { headers: RETRY_AFTER } : {};
    const schema = components.place(problemShape(name, codes));
    return [name, { description: said(codes), ...headers, ...content(schema, problemBody(example)) }];
  });
  const { message } = TRANSPORT_PROBLEMS.HEADERS_TOO_LARGE;
  const tooLarge = content(components.place(TransportProblemShape), { code: 'HEADERS_TOO_LARGE', message });
  return Object.fromEntries([...listed, [HEADERS_TOO_LARGE, { description: message, ...tooLarge }]]) as Record<
    string,
    JsonSchema
  >;
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
