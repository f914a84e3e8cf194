import { QueryClient } from '@tanstack/react-query';

/**
 * What the pages read and do goes through it. Always at once: what a browser takes for being offline is often wrong, and an
 * action that waits for the network in silence would be done when nobody expects it any more.
 */
export const newQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        ...{ networkMode: 'always', refetchOnReconnect: true, refetchOnWindowFocus: false },
        ...{ retry: 1, staleTime: 5_000 },
      },
      mutations: { networkMode: 'always' },
    },
  });
