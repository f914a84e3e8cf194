import { useInfiniteQuery } from '@tanstack/react-query';
import { useWorkspace } from '../session/use-workspace.js';

export type PageQuery = { readonly 'page[size]': number; readonly 'page[after]'?: string };
type PageOf<Item> = { readonly items: readonly Item[]; readonly nextPageToken: string | null };

/** A list that is read page by page. */
export type Pages<Item> = {
  /** Undefined until the first page was read. */
  readonly items: readonly Item[] | undefined;
  readonly fault: unknown;
  /** Reads anew, also where a read is under way: that one may have begun too early. */
  readonly again: () => void;
  /** Reads anew unless a read is under way, which is not broken off: for what happens often. */
  readonly againWhenIdle: () => void;
  /** Undefined: there is nothing more. */
  readonly more: (() => void) | undefined;
  readonly isReadingMore: boolean;
};

const PAGE_SIZE = 50;

type Options = { readonly refetchInterval?: number | false; readonly enabled?: boolean; readonly staleTime?: number };

/** @param key of what is read, beside the workspace */
export function usePages<Item>(
  key: readonly unknown[],
  read: (query: PageQuery, signal: AbortSignal) => Promise<PageOf<Item>>,
  options: Options = {},
): Pages<Item> {
  const { workspaceId } = useWorkspace();
  const query = useInfiniteQuery({
    queryKey: [workspaceId, ...key],
    queryFn: ({ pageParam, signal }) =>
      read({ 'page[size]': PAGE_SIZE, ...(pageParam === null ? {} : { 'page[after]': pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextPageToken }) => nextPageToken,
    ...options,
  });
  return {
    items: query.data?.pages.flatMap(({ items }) => items),
    fault: query.error ?? undefined,
    again: () => void query.refetch(),
    againWhenIdle: () => void query.refetch({ cancelRefetch: false }),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    isReadingMore: query.isFetchingNextPage,
  };
}
