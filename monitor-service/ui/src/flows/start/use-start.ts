import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { startedRun } from '../../api/started-run.js';
import { IntentKeys, isRefused } from '../../author/intent-key.js';
import { useWorkspace } from '../../session/use-workspace.js';

export type StartBody = {
  readonly input: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
};

/** Starts a run and goes to it. A second click, and a try after an answer that was lost, start nothing twice. */
export function useStart(flowId: string) {
  const { workspaceId, flowplane } = useWorkspace();
  const navigate = useNavigate();
  const [keys] = useState(() => new IntentKeys());
  return useMutation({
    mutationFn: async (body: StartBody) => {
      const call = { params: { flowId }, body, idempotencyKey: keys.keyOf(JSON.stringify(body)) };
      return startedRun(flowplane, (await flowplane.call('startExecution', call)).body);
    },
    onSuccess: (id) => {
      keys.forget();
      return navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`);
    },
    onError: (cause) => {
      if (isRefused(cause)) keys.forget();
    },
  });
}
