import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.js';

/** Who has signed in, and what may be done in which workspace. */
export function useMe() {
  const { flowplaneOf, id } = useSession();
  return useQuery({
    queryKey: ['me', id],
    queryFn: async ({ signal }) => (await flowplaneOf('').call('getMe', { signal, query: { 'page[size]': 200 } })).body,
    staleTime: 60_000,
  });
}

/** Whether the person may use an operation in a workspace; true until it is known, since the API decides in the end. */
export function useMay(workspaceId: string, operation: string): boolean {
  const { data } = useMe();
  const workspace = data?.workspaces.find((one) => one.workspaceId === workspaceId);
  return workspace === undefined || workspace.operations.some((name) => name === operation);
}
