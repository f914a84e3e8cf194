import { CONTROL_PROJECTION, partitionOf } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import type { TenantScope } from '@flowplane/plumbing/postgres';
import type { ProgressTracker } from '@flowplane/runtime/read-model';
import type { EventHistory } from '../tail/event-history.js';
import type { EventsTail } from '../tail/events-tail.js';
import { workspaceKey, type RunStatusFrame } from '../tail/run-status-frame.js';
import type { SseConnection } from './sse-connection.js';
import { frameText, idAlone } from './sse-text.js';

export type WorkspaceStreamPorts = {
  readonly tail: EventsTail;
  readonly history: EventHistory;
  readonly progress: Pick<ProgressTracker, 'current' | 'connected'>;
  /** Of the log topics. */
  readonly partitions: number;
  /** FLOWS_SSE_MAX_BACKLOG: records of a partition that a stream may be behind when it opens. */
  readonly maxBacklog: number;
};

/** A stream of a workspace, and where it begins: `from` is the offset of the first event that it may show. */
export type WorkspaceStream = { readonly scope: TenantScope; readonly from: number };

const GONE =
  'The log does not reach back to this id any more. Open the stream without an id, then read the list of runs.';
const TOO_FAR = 'This id is too far back. Open the stream without an id, then read the list of runs.';

/**
 * Where a stream begins.
 *
 * @param named offset that the client goes on from; undefined: from now on, which is where the lists of runs are
 * @throws Refusal 410 EVENTS_GONE
 */
export async function beginningOf(
  { tail, history, progress, partitions, maxBacklog }: WorkspaceStreamPorts,
  scope: TenantScope,
  named: number | undefined,
): Promise<WorkspaceStream> {
  const partition = partitionOf(scope.tenantId, partitions);
  const ring = tail.ring(partition);
  if (named === undefined) {
    // What the lists do not have yet is still to come for who reads them next.
    const known = progress.connected() ? (progress.current(CONTROL_PROJECTION, partition) ?? 0) : ring.next();
    const listed = Math.min(ring.next(), known);
    return { scope, from: Math.max(listed, ring.next() - maxBacklog) };
  }
  // Another process may have been further than this one; an id beyond all gets what is still to come.
  if (named > ring.next()) return { scope, from: Math.min(named, await history.end(partition)) };
  if (named >= ring.from()) return { scope, from: named };
  if (ring.next() - named > maxBacklog) throw refusal('EVENTS_GONE', { message: TOO_FAR });
  if (named < (await history.start(partition))) throw refusal('EVENTS_GONE', { message: GONE });
  return { scope, from: named };
}

/** `next` is the offset of the first event that the stream has not sent. */
type Cursor = { next: number };

/**
 * Streams what happens to the runs of a workspace: what the log has behind the beginning, then what the tail has, then what
 * comes. A client that falls behind what may wait for it gets the rest from the tail or the log; one that is too far behind
 * is cut off, and has the id from which it can go on.
 *
 * @returns when the stream has ended or the client is gone
 */
export async function streamWorkspace(
  ports: WorkspaceStreamPorts,
  { scope, from }: WorkspaceStream,
  connection: SseConnection,
): Promise<void> {
  const cursor = { next: from };
  if (!(await connection.write(idAlone(from)))) return;
  while (await joinOnce(ports, scope, connection, cursor));
  connection.end();
}

/** @returns true: more came than may wait, so the stream must join again */
async function joinOnce(
  ports: WorkspaceStreamPorts,
  scope: TenantScope,
  connection: SseConnection,
  cursor: Cursor,
): Promise<boolean> {
  const key = workspaceKey(scope);
  const partition = partitionOf(scope.tenantId, ports.partitions);
  const live = ports.tail.open(key, partition);
  const leave = (): void => live.close();
  connection.gone.addEventListener('abort', leave, { once: true });
  const send = async (frames: Iterable<RunStatusFrame>): Promise<boolean> => {
    for (const { offset, data } of frames) {
      if (offset < cursor.next) continue;
      if (!(await connection.write(frameText('run-status', offset, data)))) return false;
      cursor.next = offset + 1;
    }
    return true;
  };
  try {
    const ring = ports.tail.ring(partition);
    while (cursor.next < ring.from()) {
      if (ring.next() - cursor.next > ports.maxBacklog) return false;
      const part = { partition, from: cursor.next, to: ring.from(), key, owner: scope.tenantId };
      const page = await ports.history.page(part, connection.gone);
      if (page === undefined || !(await send(page.frames))) return false;
      cursor.next = Math.max(cursor.next, page.next);
    }
    if (!(await send(ring.since(key, cursor.next).filter(({ offset }) => offset < live.from)))) return false;
    let isWaiting = true;
    // Other workspaces move the log on: where this one has come keeps a quiet client from falling behind.
    connection.pingWith(() => (isWaiting ? idAlone(Math.max(cursor.next, ring.next())) : ''));
    for (let frame = await live.take(); frame !== undefined; frame = await live.take()) {
      isWaiting = false;
      if (!(await send([frame]))) return false;
      isWaiting = true;
    }
    return live.overflowed() && !connection.gone.aborted;
  } finally {
    connection.pingWith(() => '');
    connection.gone.removeEventListener('abort', leave);
    live.close();
  }
}
