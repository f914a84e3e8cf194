import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '../run/run-model.js';
import { useWorkspace } from '../session/use-workspace.js';

/** Which run. */
export type RunPlace = { readonly flowId: string; readonly executionId: string };

/** A run's detail. @param progress a text that changes when the detail has to be read again */
export function useRun({ flowId, executionId }: RunPlace, progress: string) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['run', workspaceId, executionId, progress],
    queryFn: async ({ signal }): Promise<RunDetail> =>
      (await flowplane.call('getExecution', { params: { flowId, executionId }, signal })).body,
    placeholderData: (before) => (before?.executionId === executionId ? before : undefined),
    staleTime: Infinity,
    retry: false,
  });
}

/** A published version, which never changes. */
export function useVersion(flowId: string, version: string | undefined) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['version', workspaceId, flowId, version],
    queryFn: async ({ signal }) =>
      (await flowplane.call('getVersion', { params: { flowId, version: version ?? '' }, signal })).body,
    enabled: version !== undefined,
    staleTime: Infinity,
  });
}
