import type { AnswerOf, RunStatusFrame } from '@flowplane/contracts/client';

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
  const before = new Map(list?.items.map((run) => [run.executionId, run]));
  const items = page.items.map((run) => later(before.get(run.executionId), run));
  if (list === undefined || last === undefined || page.nextPageToken === null) {
    return { items, older: page.nextPageToken };
  }
  const listed = new Set(page.items.map(({ executionId }) => executionId));
  if (!list.items.some(({ executionId }) => listed.has(executionId))) {
    return { items, older: page.nextPageToken };
  }
  const behind = list.items.filter((run) => !listed.has(run.executionId) && isOlder(run, last));
  return behind.length === 0
    ? { items, older: page.nextPageToken }
    : { items: [...items, ...behind], older: list.older };
}

/** What is known of a run already where the page, which follows the log, does not have it yet. */
function later(known: RunItem | undefined, read: RunItem): RunItem {
  if (known === undefined) return read;
  const isBehind =
    (known.closedAt !== null && read.closedAt === null) || (known.startedAt !== null && read.startedAt === null);
  return isBehind ? { ...read, status: known.status, startedAt: known.startedAt, closedAt: known.closedAt } : read;
}

/**
 * The list as the stream of the workspace has told of its runs, however old they are. What does not have the wanted status
 * any more is gone; runs that are not known are left to be read.
 */
export function withStatuses(list: RunList, frames: readonly RunStatusFrame[], wanted: string | undefined): RunList {
  const items = list.items.map((run) =>
    frames.filter(({ executionId }) => executionId === run.executionId).reduce(afterFrame, run),
  );
  return { ...list, items: wanted === undefined ? items : items.filter(({ status }) => status === wanted) };
}

function afterFrame(run: RunItem, { kind, status, at }: RunStatusFrame): RunItem {
  if (run.closedAt !== null || kind === 'requested') return run;
  if (kind === 'closed') return { ...run, status, closedAt: at };
  return { ...run, status, startedAt: run.startedAt ?? at };
}

/** The list with its next older page. */
export function withOlder(list: RunList, page: RunPage): RunList {
  const known = new Set(list.items.map(({ executionId }) => executionId));
  const added = page.items.filter(({ executionId }) => !known.has(executionId));
  return { items: [...list.items, ...added], older: page.nextPageToken };
}

const isOlder = (one: RunItem, other: RunItem): boolean =>
  one.createdAt === other.createdAt ? one.executionId < other.executionId : one.createdAt < other.createdAt;
