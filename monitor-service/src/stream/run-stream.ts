import { CONTROL_PROJECTION, makeFrameOrder, partitionOf, type FrameOrder } from '@flowplane/contracts';
import type { ByteLimiter } from '@flowplane/plumbing/limiter';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import {
  framesPage,
  MAX_FRAMES_BYTES,
  runStatus,
  type FramesPage,
  type ProgressTracker,
} from '@flowplane/runtime/read-model';
import type { Live } from '../tail/fan-out.js';
import type { FramesTail } from '../tail/frames-tail.js';
import type { LiveFrame } from '../tail/live-frame.js';
import type { SseConnection } from './sse-connection.js';
import { frameText, streamEnd } from './sse-text.js';

export type RunStreamPorts = {
  readonly tail: FramesTail;
  /** Of the read models. */
  readonly readPool: Pool;
  /** Of pages of frames in memory: a stream waits for room. */
  readonly pages: ByteLimiter;
  readonly progress: ProgressTracker;
  /** Of the log topics. */
  readonly partitions: number;
  readonly now: () => number;
  /** How long the frames of a closed run may lag behind its closing before it ends without them. */
  readonly closedGraceMs?: number;
};

export type StreamedRun = { readonly scope: TenantScope; readonly executionId: string };

/** Name of the projection of frames, as the tracker knows it. */
const RUNS = 'runs';
const PAGE_SIZE = 500;
const CATCH_UP_MS = 30_000;
/** Longest wait for the read model to have the run closed, so that a read after the end shows it. */
const CLOSED_READ_MS = 2000;

/** Where a stream stands: `next` is the offset of the first frame it has not sent. */
type Cursor = { next: number };
type Outcome = 'ended' | 'gone' | 'again';

/**
 * Streams a run from an offset to its end: what is in the store, then what the tail has, then what comes. Joined
 * without gap or repeat: the tail is opened first, and the store's own progress says where the tail takes over.
 *
 * @returns when the stream has ended or the client is gone
 */
export async function streamRun(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  fromOffset: number,
): Promise<void> {
  const cursor = { next: fromOffset };
  for (;;) {
    const live = ports.tail.open(run.executionId, partitionOf(run.executionId, ports.partitions));
    const leave = (): void => live.close();
    connection.gone.addEventListener('abort', leave, { once: true });
    try {
      const outcome = await joinOnce(ports, run, connection, cursor, live);
      if (outcome !== 'again') return;
    } finally {
      connection.gone.removeEventListener('abort', leave);
      live.close();
    }
  }
}

/** Whether a client that has everything below `fromOffset` has the end of the run as well. */
export async function hasEnd(
  ports: Omit<RunStreamPorts, 'tail'>,
  run: StreamedRun,
  fromOffset: number,
): Promise<boolean> {
  if (fromOffset === 0) return false;
  const partition = partitionOf(run.executionId, ports.partitions);
  const from = { executionId: run.executionId, partition, offset: fromOffset, pageSize: 1 };
  const page = await framesPage(ports.readPool, run.scope, from);
  if (page === undefined || page.closed === null) return false;
  if (page.ended !== null) return fromOffset > page.ended.offset;
  // Its closing frame is past retention; while it may be on its way, the stream waits for it.
  return page.frames.length === 0 && page.closed.closedAt + graceOf(ports) <= ports.now();
}

const graceOf = ({ closedGraceMs = 10_000 }: Pick<RunStreamPorts, 'closedGraceMs'>): number => closedGraceMs;

async function joinOnce(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  cursor: Cursor,
  live: Live<LiveFrame>,
): Promise<Outcome> {
  const stored = await sendStored(ports, run, connection, cursor, live);
  if (typeof stored === 'string') return stored;
  const order = makeFrameOrder(stored.ranks);
  const partition = partitionOf(run.executionId, ports.partitions);
  const ring = ports.tail.ring(partition);
  if (stored.projectedTo < Math.min(ring.from(), live.from)) return 'again';
  for (const frame of ring.since(run.executionId, stored.projectedTo)) {
    if (frame.offset >= live.from) break;
    const outcome = await sendLive(ports, run, connection, cursor, order, frame);
    if (outcome !== undefined) return outcome;
  }
  return sendComing(ports, run, connection, cursor, live, order, stored);
}

/** Sends what the store has, until what it lacks is in the tail. @returns the last page, or how the stream ended */
async function sendStored(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  cursor: Cursor,
  live: Live<LiveFrame>,
): Promise<Omit<FramesPage, 'frames'> | Outcome> {
  const partition = partitionOf(run.executionId, ports.partitions);
  const giveUpAt = ports.now() + CATCH_UP_MS;
  for (;;) {
    const page = await sendPage(ports, run, connection, cursor);
    if (typeof page === 'string') return page;
    if (!page.isLast) continue;
    if (page.ended !== null) return finish(ports, run, connection, page.ended.status, page.ended.offset);
    const needed = Math.min(ports.tail.ring(partition).from(), live.from);
    if (page.projectedTo >= needed) return page;
    // The tail began, or had to forget, behind what the store has: wait for the store.
    await ports.progress.waitFor([RUNS], partition, needed, giveUpAt, connection.gone);
    if (connection.gone.aborted) return 'gone';
    if (ports.now() >= giveUpAt) return fail(connection);
  }
}

/** Sends the stored frames from where the stream stands, as many as fit into a page. */
async function sendPage(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  cursor: Cursor,
): Promise<Omit<FramesPage, 'frames'> | Outcome> {
  const partition = partitionOf(run.executionId, ports.partitions);
  const owner = run.scope.tenantId;
  const held = await ports.pages.take(MAX_FRAMES_BYTES, { owner, signal: connection.gone }).catch(() => undefined);
  if (held === undefined) return 'gone';
  try {
    const from = { executionId: run.executionId, partition, offset: cursor.next, pageSize: PAGE_SIZE };
    const page = await framesPage(ports.readPool, run.scope, from);
    if (page === undefined) return fail(connection);
    const { frames, ...rest } = page;
    held.shrinkTo(frames.reduce((sum, { data }) => sum + data.length, 0));
    for (const frame of frames) {
      if (!(await connection.write(frameText(frame.type, frame.offset, frame.data)))) return 'gone';
      cursor.next = frame.offset + 1;
    }
    return rest;
  } finally {
    held.release();
  }
}

async function sendComing(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  cursor: Cursor,
  live: Live<LiveFrame>,
  order: FrameOrder,
  stored: Omit<FramesPage, 'frames'>,
): Promise<Outcome> {
  // Closed, but its closing frame is neither stored nor in the tail: it is on its way, or past retention.
  const graceLeft = stored.closed === null ? undefined : stored.closed.closedAt + graceOf(ports) - ports.now();
  if (stored.closed !== null && graceLeft !== undefined && graceLeft <= 0) {
    return finish(ports, run, connection, stored.closed.status, cursor.next);
  }
  const lookAgain = graceLeft === undefined ? undefined : setTimeout(() => live.close(), graceLeft);
  try {
    for (;;) {
      const frame = await live.take();
      if (frame === undefined) {
        if (connection.gone.aborted) return 'gone';
        return live.overflowed() || graceLeft !== undefined ? 'again' : 'gone';
      }
      if (frame.offset < stored.projectedTo) continue;
      const outcome = await sendLive(ports, run, connection, cursor, order, frame);
      if (outcome !== undefined) return outcome;
    }
  } finally {
    clearTimeout(lookAgain);
  }
}

/** @returns undefined while the stream goes on */
async function sendLive(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  cursor: Cursor,
  order: FrameOrder,
  frame: LiveFrame,
): Promise<Outcome | undefined> {
  if (frame.type === 'stream-end') return finish(ports, run, connection, frame.closed, frame.offset);
  if (frame.order !== undefined && !order.accept(frame.order)) return undefined;
  if (frame.offset < cursor.next) return undefined;
  if (!(await connection.write(frameText(frame.type, frame.offset, frame.data)))) return 'gone';
  cursor.next = frame.offset + 1;
  return undefined;
}

/** Waits, by notification, until the read model has the run closed; a little while only. */
async function closedInReadModel(ports: RunStreamPorts, run: StreamedRun, gone: AbortSignal): Promise<void> {
  const partition = partitionOf(run.scope.tenantId, ports.partitions);
  const giveUpAt = ports.now() + CLOSED_READ_MS;
  while (!gone.aborted && ports.now() < giveUpAt) {
    const seen = ports.progress.current(CONTROL_PROJECTION, partition) ?? 0;
    if ((await runStatus(ports.readPool, run.scope, run.executionId))?.closed !== false) return;
    await ports.progress.waitFor([CONTROL_PROJECTION], partition, seen + 1, giveUpAt, gone);
  }
}

async function finish(
  ports: RunStreamPorts,
  run: StreamedRun,
  connection: SseConnection,
  status: string,
  offset: number,
): Promise<Outcome> {
  await closedInReadModel(ports, run, connection.gone);
  const delivered = await connection.write(streamEnd(status, offset));
  connection.end();
  return delivered ? 'ended' : 'gone';
}

function fail(connection: SseConnection): Outcome {
  connection.fail();
  return 'ended';
}
