import { isPending, type AnswerOf, type FlowplaneClient } from '@flowplane/contracts/client';

/**
 * The id of the run that a start or a retry has made, once that is decided.
 *
 * @throws Error that says why it was refused after all
 */
export async function startedRun(
  flowplane: FlowplaneClient,
  body: AnswerOf<'startExecution'> | AnswerOf<'retryExecution'>,
): Promise<string> {
  if (!isPending(body)) return body.executionId;
  const { status, result, error } = await flowplane.decided(body.commandId);
  if (status === 'rejected')
    throw new Error((error as { readonly message?: string } | null)?.message ?? 'It was refused.');
  return (result as { readonly executionId: string }).executionId;
}
