import type { AnswerOf, FlowplaneClient } from '@flowplane/contracts/client';
import { decided } from './decided.js';

/**
 * The id of the run that a start or a retry has made, once that is decided.
 *
 * @throws Error that says why it was refused after all
 */
export async function startedRun(
  flowplane: FlowplaneClient,
  body: AnswerOf<'startExecution'> | AnswerOf<'retryExecution'>,
): Promise<string> {
  return ((await decided(flowplane, body)) as { readonly executionId: string }).executionId;
}
