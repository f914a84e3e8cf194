import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LocalActivities } from '../workflow/local-activities.js';
import type { ExpressionPool } from './expression-pool.js';

/** The local activity over a pool: failures of the expression are final, failures of the pool are not. */
export function makeEvaluateExpression(pool: Pick<ExpressionPool, 'evaluate'>): LocalActivities['evaluateExpression'] {
  return async (request) => {
    const outcome = await pool.evaluate(request, Context.current().cancellationSignal);
    if (outcome.ok) return outcome.result;
    throw ApplicationFailure.nonRetryable(outcome.reason, outcome.code);
  };
}
