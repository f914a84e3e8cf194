import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { useIntents } from '../../api/intents.js';
import { startedRun } from '../../api/started-run.js';
import { useWorkspace } from '../../session/use-workspace.js';

export type StartBody = {
  readonly input: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
};

/** Starts a run and goes to it. A second click, and a try after an answer that was lost, start nothing twice. */
export function useStart(flowId: string) {
  const { workspaceId, flowplane } = useWorkspace();
  const navigate = useNavigate();
  const intend = useIntents();
  return useMutation({
    mutationFn: (body: StartBody) =>
      intend(JSON.stringify([flowId, body]), async (idempotencyKey) => {
        const call = { params: { flowId }, body, idempotencyKey };
        return startedRun(flowplane, (await flowplane.call('startExecution', call)).body);
      }),
    onSuccess: (id) => navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`),
  });
}
