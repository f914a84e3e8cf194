import type { AnswerOf, FlowplaneClient } from '@flowplane/contracts/client';
import { settled } from './settled.js';

/**
 * The id of the run that a start or a retry has made, once that is decided.
 *
 * @throws Error that says why it was refused after all
 */
export async function startedRun(
  flowplane: FlowplaneClient,
  body: AnswerOf<'startExecution'> | AnswerOf<'retryExecution'>,
): Promise<string> {
  return (await settled<AnswerOf<'startExecution'> | AnswerOf<'retryExecution'>>(flowplane, body)).executionId;
}
