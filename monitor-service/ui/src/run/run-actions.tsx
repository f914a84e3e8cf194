import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { decided } from '../api/decided.js';
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
  return (
    <div className="actions">
      {!isOver && (
        <button disabled={!may.cancel || cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate()}>
          {cancel.isSuccess ? 'Cancelling…' : 'Cancel'}
        </button>
      )}
      {isOver && run.status !== 'Completed' && (
        <button className="primary" disabled={!may.retry || retry.isPending} onClick={() => retry.mutate('failed')}>
          Retry what failed
        </button>
      )}
      <button disabled={!may.retry || retry.isPending} onClick={() => retry.mutate('start')}>
        Run again
      </button>
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

/** Starts a retry, and goes to the new run. */
function useRetry({ flowId, executionId }: RunDetail) {
  const { workspaceId, flowplane } = useWorkspace();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (from: 'start' | 'failed' | { readonly nodeId: string }) => {
      const call = { params: { flowId, executionId }, body: { from } };
      return startedRun(flowplane, (await flowplane.call('retryExecution', call)).body);
    },
    onSuccess: (id) => navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`),
  });
}
