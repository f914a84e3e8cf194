import type { AnswerOf, RunStatusFrame } from '@flowplane/contracts/client';

export type RunPage = AnswerOf<'listWorkspaceExecutions'>;
export type RunItem = RunPage['items'][number];

/** Runs that were read so far, newest first. */
export type RunList = {
  readonly items: readonly RunItem[];
  /** Where older ones go on; null: there are none. */
  readonly older: string | null;
  /** Ends of pages among the items: where the list may be cut, by the id of the last run. */
  readonly ends: ReadonlyMap<string, string>;
  /** How many items are kept while newer ones come. */
  readonly room: number;
};

/** Kept while newer ones come, where nobody has asked for older ones. A tab may be open for days. */
const ROOM = 200;
/** As many newer ones have to come before anything goes that was asked for. */
const ROOM_BEHIND_OLDER = 1_000;

/**
 * The list behind its newest page, read once more: what that page does not list any more is gone. Where so many runs are
 * new that the page does not reach the known ones, the list begins with it. The oldest go where it grows too long.
 */
export function withNewest(list: RunList | undefined, page: RunPage): RunList {
  const last = page.items.at(-1);
  const before = new Map(list?.items.map((run) => [run.executionId, run]));
  const items = page.items.map((run) => later(before.get(run.executionId), run));
  const anew = { items, older: page.nextPageToken, ends: endsWith(new Map(), page), room: ROOM };
  if (list === undefined || last === undefined || page.nextPageToken === null) return anew;
  const listed = new Set(page.items.map(({ executionId }) => executionId));
  if (!list.items.some(({ executionId }) => listed.has(executionId))) return anew;
  const behind = list.items.filter((run) => !listed.has(run.executionId) && isOlder(run, last));
  if (behind.length === 0) return anew;
  return cut({ ...list, items: [...items, ...behind], ends: endsWith(list.ends, page) });
}

/** The ends of pages that are known, with that of one more page. */
function endsWith(ends: RunList['ends'], { items, nextPageToken }: RunPage): RunList['ends'] {
  const last = items.at(-1);
  if (last === undefined || nextPageToken === null) return ends;
  return new Map(ends).set(last.executionId, nextPageToken);
}

/** The list without what there is no room for, from the end of a page on: behind it the list can be read on. */
function cut(list: RunList): RunList {
  const { items, ends, room } = list;
  const ids = new Set(items.map(({ executionId }) => executionId));
  const known = new Map([...ends].filter(([id]) => ids.has(id)));
  if (items.length <= room) return { ...list, ends: known };
  const place = items.findLastIndex(({ executionId }, index) => index < room && known.has(executionId));
  const end = items[place];
  if (end === undefined) return { ...list, ends: known };
  return { ...list, items: items.slice(0, place + 1), older: known.get(end.executionId) ?? null, ends: known };
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
  const ofRuns = new Map<string, RunStatusFrame[]>();
  for (const frame of frames) {
    const known = ofRuns.get(frame.executionId);
    if (known === undefined) ofRuns.set(frame.executionId, [frame]);
    else known.push(frame);
  }
  const items = list.items.map((run) => (ofRuns.get(run.executionId) ?? []).reduce(afterFrame, run));
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
  const items = [...list.items, ...added];
  return { items, older: page.nextPageToken, ends: endsWith(list.ends, page), room: items.length + ROOM_BEHIND_OLDER };
}

const isOlder = (one: RunItem, other: RunItem): boolean =>
  one.createdAt === other.createdAt ? one.executionId < other.executionId : one.createdAt < other.createdAt;
