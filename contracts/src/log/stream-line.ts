import { assertNever } from '../assert-never.js';
import type { Frame, LogFrame, NodeFrame } from './messages/index.js';

export type StreamLineType = 'node-status' | 'log-line' | 'stream-end';
/** One frame as the event stream shows it (flows-api 9.3); `data` is the one line of JSON. */
export type StreamLine = { readonly type: StreamLineType; readonly data: string };

/**
 * The id a stream shows for a frame: one more than its offset in the runs topic, so that ids begin at 1 and a
 * `Last-Event-ID` of 0 means everything.
 */
export const streamId = (offset: number): number => offset + 1;

/** Offset of the first frame after the one with this id. */
export const offsetAfter = (id: number): number => id;

/**
 * The line of a frame; the same text from every service, so that a stream does not show where it was read from.
 *
 * @param offset of the frame in the runs topic
 * @returns undefined for a frame that streams do not show, as those of sub-flows.
 */
export function streamLine(frame: Frame, offset: number): StreamLine | undefined {
  switch (frame.type) {
    case 'NodeFrame':
      if (frame.data.root !== null) return undefined;
      return { type: 'node-status', data: JSON.stringify(nodeStatus(frame.data, offset)) };
    case 'LogFrame':
      return { type: 'log-line', data: JSON.stringify(logLine(frame.data, offset)) };
    case 'RunClosed':
      return { type: 'stream-end', data: JSON.stringify({ type: 'stream-end', status: frame.data.status }) };
    case 'RunEnding':
      return undefined;
    default:
      return assertNever(frame);
  }
}

const iso = (timeMs: number | null): string | null => (timeMs === null ? null : new Date(timeMs).toISOString());

function nodeStatus(frame: NodeFrame, offset: number): Record<string, unknown> {
  const { error } = frame;
  return {
    type: 'node-status',
    id: String(streamId(offset)),
    nodeId: frame.nodeId,
    status: frame.status,
    attemptNumber: frame.attemptNumber,
    startedAt: iso(frame.startedAt),
    completedAt: iso(frame.completedAt),
    ...(frame.nextAttemptAt === null ? {} : { nextAttemptAt: iso(frame.nextAttemptAt) }),
    ...(frame.reused ? { reused: true } : {}),
    ...(error === null
      ? {}
      : { error: { message: error.message, ...(error.stack === null ? {} : { stack: error.stack }) } }),
  };
}

function logLine(frame: LogFrame, offset: number): Record<string, unknown> {
  const { nodeId, level, message } = frame;
  return { type: 'log-line', id: String(streamId(offset)), nodeId, level, message, timestamp: iso(frame.timestamp) };
}
