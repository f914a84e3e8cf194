import { useMutation } from '@tanstack/react-query';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { RunDetail } from './run-model.js';

/** Says yes or no at an approval that is open. */
export function ApprovalButtons({
  run,
  nodeId,
}: {
  readonly run: Pick<RunDetail, 'flowId' | 'executionId'>;
  readonly nodeId: string;
}) {
  const { flowplane } = useWorkspace();
  const answer = useMutation({
    mutationFn: (approved: boolean) =>
      flowplane.call('signalExecution', {
        params: { flowId: run.flowId, executionId: run.executionId, signalName: nodeId },
        body: { approved },
      }),
  });
  return (
    <div className="actions">
      <button className="primary" disabled={answer.isPending} onClick={() => answer.mutate(true)}>
        Approve
      </button>
      <button disabled={answer.isPending} onClick={() => answer.mutate(false)}>
        Reject
      </button>
      {answer.isSuccess && <span role="status">Sent.</span>}
      {answer.isError && <Problem cause={answer.error} />}
    </div>
  );
}
