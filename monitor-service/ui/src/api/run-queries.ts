import { useQuery } from '@tanstack/react-query';
import { isOver, type RunDetail } from '../run/run-model.js';
import { useWorkspace } from '../session/use-workspace.js';

/** Which run. */
export type RunPlace = { readonly flowId: string; readonly executionId: string };

/** A run's detail. @param againMs in how many ms what was read is read again; false: it stays as it is */
export function useRun({ flowId, executionId }: RunPlace, againMs: (run: RunDetail) => number | false) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['run', workspaceId, executionId],
    queryFn: async ({ signal }): Promise<RunDetail> =>
      (await flowplane.call('getExecution', { params: { flowId, executionId }, signal })).body,
    refetchInterval: ({ state: { data } }) => (data === undefined ? false : againMs(data)),
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

/** How often causes are read again while the run goes on, ms. */
const CAUSES_AGAIN_MS = 3_000;

/** What made a run begin, and what it did in turn. @param isFollowed whether it is read again while the run goes on */
export function useCauses(executionId: string, isFollowed: boolean) {
  const { workspaceId, flowplane } = useWorkspace();
  return useQuery({
    queryKey: ['causes', workspaceId, executionId],
    queryFn: async ({ signal }) => (await flowplane.call('getCauses', { params: { executionId }, signal })).body,
    // Until the answer itself says that the run is over: it may come later than the stream's word of it.
    refetchInterval: ({ state: { data } }) =>
      isFollowed && (data === undefined || !isOver(data.run.status)) ? CAUSES_AGAIN_MS : false,
  });
}
