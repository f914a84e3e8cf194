import { Type, type TProperties } from '@sinclair/typebox';
import { PROBLEMS, TRANSPORT_PROBLEMS, type ProblemCode, type TransportProblemCode } from '../../problems/index.js';
import { closed, oneOf } from './shapes.js';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

const Place = {
  line: Type.Optional(Type.Integer({ description: 'In the YAML that was sent, from 1.' })),
  column: Type.Optional(Type.Integer()),
};
/** One error of a definition or an input (flow-language 2.2, 3.1 and 5.2; flows-api 1.4). */
const ErrorEntry = closed(
  {
    code: Type.Optional(Type.String()),
    nodeId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    path: Type.Optional(Type.String()),
    input: Type.Optional(Type.String()),
    message: Type.String(),
    ...Place,
    hint: Type.Optional(Type.String({ description: 'What was probably meant.' })),
  },
  { $id: 'ProblemError' },
);
const ERRORS = { errors: Type.Optional(Type.Array(ErrorEntry)) };
const QUOTA = {
  dimension: Type.Optional(Type.String()),
  scope: Type.Optional(Type.String({ description: 'What the dimension is counted for: tenant, workspace or flow.' })),
  limit: Type.Optional(Type.Integer({ description: 'What is allowed, grace included.' })),
  usage: Type.Optional(Type.Integer()),
  retryAfter: Type.Optional(Type.Integer({ description: 'Seconds, as in the header.' })),
};
const CREDENTIALS = {
  acceptedCredentials: Type.Optional(
    Type.Array(Type.String(), { description: 'What this server takes: `apiKey`, `bearer`, `gatewayHeaders`.' }),
  ),
};
const ROLES = {
  requiredRoles: Type.Optional(Type.Array(Type.String(), { description: 'Roles of which one would do.' })),
};
const VERSIONS = {
  versions: Type.Optional(
    Type.Array(closed({ flowId: Type.String(), version: Type.Integer() }, { $id: 'ReferringVersion' }), {
      description: 'Published versions that refer to it, the first 100.',
    }),
  ),
};
const APPROVERS = {
  nodeId: Type.Optional(Type.String({ description: 'The approval that the caller may not give.' })),
  ...ROLES,
  requiredUsers: Type.Optional(Type.Array(Type.String(), { description: 'Subjects of which one would do, too.' })),
};

/** Members that codes have beside `code` and `message`. */
const MEMBERS: Readonly<Partial<Record<ProblemCode, TProperties>>> = {
  CONNECTION_INVALID: ERRORS,
  CONNECTION_IN_USE: VERSIONS,
  FLOW_DEFINITION_INVALID: ERRORS,
  FLOW_VALIDATION_FAILED: ERRORS,
  INPUT_VALIDATION_FAILED: ERRORS,
  INVALID_YAML: ERRORS,
  QUOTA_EXCEEDED: QUOTA,
  UNAUTHENTICATED: CREDENTIALS,
  FORBIDDEN: ROLES,
  PRIVILEGE_DOMAIN_MISMATCH: ROLES,
  NOT_AN_APPROVER: APPROVERS,
};
const membersOf = (codes: readonly ProblemCode[]): TProperties =>
  Object.assign({}, ...codes.map((code) => MEMBERS[code] ?? {})) as TProperties;

/** An error body (flows-api 1.4) of any code. */
export const ProblemShape = closed(
  {
    code: oneOf(CODES, { $id: 'ProblemCode' }),
    message: Type.String(),
    ...ERRORS,
    ...QUOTA,
    ...CREDENTIALS,
    ...VERSIONS,
    ...APPROVERS,
  },
  { $id: 'Problem' },
);

/** The error body of one status: the codes that have it, and the members of these codes. */
export function problemShape(name: string, codes: readonly ProblemCode[]) {
  const code = oneOf(codes, { $id: `${name}Code` });
  return closed({ code, message: Type.String(), ...membersOf(codes) }, { $id: `${name}Problem` });
}

/** The body of an answer to what never became a request. */
export const TransportProblemShape = closed(
  {
    code: oneOf(Object.keys(TRANSPORT_PROBLEMS) as TransportProblemCode[], { $id: 'TransportProblemCode' }),
    message: Type.String(),
  },
  { $id: 'TransportProblem' },
);
