import { Type } from '@sinclair/typebox';
import { PROBLEMS, TRANSPORT_PROBLEMS, type ProblemCode, type TransportProblemCode } from '../../problems/index.js';
import { closed, oneOf } from './shapes.js';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
const WITH_ERRORS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'FLOW_DEFINITION_INVALID',
  'FLOW_VALIDATION_FAILED',
  'INPUT_VALIDATION_FAILED',
]);

const ERRORS = { errors: Type.Optional(Type.Array(Type.Unknown())) };
const DIMENSION = { dimension: Type.Optional(Type.String()) };

/** An error body (flows-api 1.4) of any code. */
export const ProblemShape = closed(
  { code: oneOf(CODES), message: Type.String(), ...ERRORS, ...DIMENSION },
  { $id: 'Problem' },
);

/** The error body of one status of a route: which codes it may have, and the members these codes have. */
export function problemShape(codes: readonly ProblemCode[]) {
  return closed({
    code: oneOf(codes),
    message: Type.String(),
    ...(codes.some((code) => WITH_ERRORS.has(code)) ? ERRORS : {}),
    ...(codes.includes('QUOTA_EXCEEDED') ? DIMENSION : {}),
  });
}

/** The body of an answer to what never became a request. */
export const TransportProblemShape = closed(
  { code: oneOf(Object.keys(TRANSPORT_PROBLEMS) as TransportProblemCode[]), message: Type.String() },
  { $id: 'TransportProblem' },
);
