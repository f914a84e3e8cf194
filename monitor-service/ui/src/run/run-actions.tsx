import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { decided } from '../api/decided.js';
import { useIntents } from '../api/intents.js';
import { useMay } from '../api/may.js';
import { startedRun } from '../api/started-run.js';
import { Problem } from '../parts/problem.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { RunDetail } from './run-model.js';

/** What can be done about a run as a whole. */
export function RunActions({ run, isOver }: { readonly run: RunDetail; readonly isOver: boolean }) {
  const { flowplane } = useWorkspace();
  const { flowId, executionId } = run;
  const cancel = useMutation({
    mutationFn: async () =>
      decided(flowplane, (await flowplane.call('cancelExecution', { params: { flowId, executionId } })).body),
  });
  const retry = useRetry(run);
  const may = { cancel: useMay('cancelExecution'), retry: useMay('retryExecution') };
  const isCancelling = cancel.isPending || cancel.isSuccess;
  // All three always stand where they are: a run may end just when somebody clicks.
  return (
    <div className="actions">
      <button disabled={!may.cancel || isOver || isCancelling} onClick={() => cancel.mutate()}>
        Cancel
      </button>
      <button
        className="primary"
        disabled={!may.retry || !isOver || run.status === 'Completed' || retry.isPending}
        onClick={() => retry.mutate('failed')}
      >
        Retry what failed
      </button>
      <button disabled={!may.retry || retry.isPending} onClick={() => retry.mutate('start')}>
        Run again
      </button>
      {!isOver && isCancelling && <span role="status">Cancelling…</span>}
      {cancel.isError && <Problem cause={cancel.error} />}
      {retry.isError && <Problem cause={retry.error} />}
    </div>
  );
}

/** Starts a new run from a node of this one. */
export function RetryFrom({ run, nodeId }: { readonly run: RunDetail; readonly nodeId: string }) {
  const retry = useRetry(run);
  const may = useMay('retryExecution');
  return (
    <div className="actions">
      <button disabled={!may || retry.isPending} onClick={() => retry.mutate({ nodeId })}>
        Retry from here
      </button>
      {retry.isError && <Problem cause={retry.error} />}
    </div>
  );
}

/** Starts a retry, and goes to the new run. A try after an answer that was lost starts nothing twice. */
function useRetry({ flowId, executionId }: RunDetail) {
  const { workspaceId, flowplane } = useWorkspace();
  const navigate = useNavigate();
  const intend = useIntents();
  return useMutation({
    mutationFn: (from: 'start' | 'failed' | { readonly nodeId: string }) =>
      intend(JSON.stringify(from), async (idempotencyKey) => {
        const call = { params: { flowId, executionId }, body: { from }, idempotencyKey };
        return startedRun(flowplane, (await flowplane.call('retryExecution', call)).body);
      }),
    onSuccess: (id) => navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`),
  });
}
