import { problem, type Problem, type ProblemCode, type ProblemDetails } from '@flowplane/contracts';

/** A refusal on its way to the HTTP edge. Not a fault: it is answered, not logged as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.message}`);
  }
}

/** @example throw refusal('FLOW_NOT_FOUND') */
export function refusal(code: ProblemCode, details: ProblemDetails = {}): Refusal {
  return new Refusal(problem(code, details));
}
