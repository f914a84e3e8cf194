import { useMutation } from '@tanstack/react-query';
import { decided } from '../api/decided.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { RunDetail } from './run-model.js';

type ApprovalButtonsProps = {
  readonly run: Pick<RunDetail, 'flowId' | 'executionId'>;
  readonly nodeId: string;
  readonly isDisabled?: boolean;
  readonly onDecided?: () => void;
};

/** Says yes or no at an approval that is open. */
export function ApprovalButtons({ run, nodeId, isDisabled, onDecided }: ApprovalButtonsProps) {
  const { flowplane } = useWorkspace();
  const answer = useMutation({
    mutationFn: async (approved: boolean) => {
      const { flowId, executionId } = run;
      const params = { flowId, executionId, signalName: nodeId };
      await decided(flowplane, (await flowplane.call('signalExecution', { params, body: { approved } })).body);
    },
    onSuccess: () => onDecided?.(),
  });
  const isOff = isDisabled === true || answer.isPending || answer.isSuccess;
  return (
    <div className="actions">
      <button className="primary" disabled={isOff} onClick={() => answer.mutate(true)}>
        Approve
      </button>
      <button disabled={isOff} onClick={() => answer.mutate(false)}>
        Reject
      </button>
      {answer.isPending && <span role="status">Sending…</span>}
      {answer.isSuccess && <span role="status">Sent.</span>}
      {answer.isError && <Problem cause={answer.error} />}
    </div>
  );
}
