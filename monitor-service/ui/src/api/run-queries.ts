import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '../run/run-model.js';
import { useWorkspace } from '../session/use-workspace.js';

/** Which run. */
export type RunPlace = { readonly flowId: string; readonly executionId: string };

/** How often a detail is read again that is behind the run's stream, ms. */
const BEHIND_MS = 1_000;

/** A run's detail. @param isBehind whether what was read lacks something that the stream has told */
export function useRun({ flowId, executionId }: RunPlace, isBehind: (run: RunDetail) => boolean) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['run', workspaceId, executionId],
    queryFn: async ({ signal }): Promise<RunDetail> =>
      (await flowplane.call('getExecution', { params: { flowId, executionId }, signal })).body,
    refetchInterval: ({ state: { data } }) => (data !== undefined && isBehind(data) ? BEHIND_MS : false),
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
