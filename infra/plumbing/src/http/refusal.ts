import { problem, type Problem, type ProblemCode, type ProblemDetails } from '@flowplane/contracts';

/** A refusal on its way to the HTTP edge. Not a fault: it is answered, not logged as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** @param members what only the HTTP edge adds to the body, and nobody records */
  constructor(
    readonly problem: Problem,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${problem.status} ${problem.code}: ${problem.message}`);
  }
}

/** @example throw refusal('FLOW_NOT_FOUND') */
export function refusal(
  code: ProblemCode,
  details: ProblemDetails = {},
  members: Readonly<Record<string, unknown>> = {},
): Refusal {
  return new Refusal(problem(code, details), members);
}
