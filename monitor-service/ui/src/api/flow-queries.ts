import type { AnswerOf } from '@flowplane/contracts/client';
import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '../session/use-workspace.js';

/** A flow with its draft. */
export type Flow = Exclude<AnswerOf<'getFlow'>, { readonly commandId: string }>;

/** A flow as it is now. */
export function useFlow(flowId: string) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['flow', workspaceId, flowId],
    queryFn: async ({ signal }): Promise<Flow> =>
      (await flowplane.call('getFlow', { params: { flowId }, signal })).body,
  });
}

/** The published versions of a flow, the newest first. */
export function useVersions(flowId: string) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['versions', workspaceId, flowId],
    queryFn: async ({ signal }) =>
      (await flowplane.call('listVersions', { params: { flowId }, signal })).body.items.toReversed(),
  });
}
