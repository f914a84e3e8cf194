import type { AnswerOf } from '@flowplane/contracts/client';

export type RunPage = AnswerOf<'listWorkspaceExecutions'>;
export type RunItem = RunPage['items'][number];

/** Runs that were read so far, newest first. */
export type RunList = {
  readonly items: readonly RunItem[];
  /** Where older ones go on; null: there are none. */
  readonly older: string | null;
};

/**
 * The list behind its newest page, read once more: what that page does not list any more is gone. Where so many runs are
 * new that the page does not reach the known ones, the list begins with it.
 */
export function withNewest(list: RunList | undefined, page: RunPage): RunList {
  const last = page.items.at(-1);
  if (list === undefined || last === undefined || page.nextPageToken === null) {
    return { items: page.items, older: page.nextPageToken };
  }
  const listed = new Set(page.items.map(({ executionId }) => executionId));
  if (!list.items.some(({ executionId }) => listed.has(executionId))) {
    return { items: page.items, older: page.nextPageToken };
  }
  const behind = list.items.filter((run) => !listed.has(run.executionId) && isOlder(run, last));
  return behind.length === 0
    ? { items: page.items, older: page.nextPageToken }
    : { items: [...page.items, ...behind], older: list.older };
}

/** The list with its next older page. */
export function withOlder(list: RunList, page: RunPage): RunList {
  const known = new Set(list.items.map(({ executionId }) => executionId));
  const added = page.items.filter(({ executionId }) => !known.has(executionId));
  return { items: [...list.items, ...added], older: page.nextPageToken };
}

const isOlder = (one: RunItem, other: RunItem): boolean =>
  one.createdAt === other.createdAt ? one.executionId < other.executionId : one.createdAt < other.createdAt;
