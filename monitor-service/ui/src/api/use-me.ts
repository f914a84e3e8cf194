import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.js';

/**
 * Who has signed in, and what may be done in which workspace.
 *
 * @param options.retryOnMount false: where it could not be read before, it is not asked for again
 */
export function useMe(options: { readonly retryOnMount?: boolean } = {}) {
  const { flowplaneOf, id } = useSession();
  return useQuery({
    queryKey: ['me', id],
    queryFn: async ({ signal }) => (await flowplaneOf('').call('getMe', { signal, query: { 'page[size]': 200 } })).body,
    staleTime: 60_000,
    ...options,
  });
}
