import { FlowplaneError } from '@flowplane/contracts/client';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { useNavigate } from 'react-router';
import { newKey } from '../../api/new-key.js';
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
  const intent = useRef({ body: '', key: '' });
  return useMutation({
    mutationFn: async (body: StartBody) => {
      const text = JSON.stringify(body);
      if (intent.current.body !== text) intent.current = { body: text, key: newKey() };
      const call = { params: { flowId }, body, idempotencyKey: intent.current.key };
      return startedRun(flowplane, (await flowplane.call('startExecution', call)).body);
    },
    onSuccess: (id) => {
      intent.current = { body: '', key: '' };
      return navigate(`/w/${encodeURIComponent(workspaceId)}/runs/${encodeURIComponent(id)}`);
    },
    onError: (cause) => {
      // Refused: nothing was started under this key.
      if (cause instanceof FlowplaneError && cause.status < 500) intent.current = { body: '', key: '' };
    },
  });
}
