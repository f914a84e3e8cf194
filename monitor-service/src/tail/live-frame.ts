import { assertNever, streamLine, type ClosedStatus, type Frame, type NodeFrame } from '@flowplane/contracts';
import type { Tailed } from './partition-ring.js';

/** What the order of a node's frames is judged by. */
export type OrderKey = Pick<NodeFrame, 'nodeId' | 'iteration' | 'status' | 'attemptNumber' | 'error'>;

/** A frame as the tail keeps it, for the streams of its run: without values, which they do not show. */
export type LiveFrame = Tailed &
  (
    | { readonly type: 'node-status'; readonly order: OrderKey }
    | { readonly type: 'log-line'; readonly order?: undefined }
    | { readonly type: 'stream-end'; readonly order?: undefined; readonly closed: ClosedStatus }
  );

/** @returns undefined for a frame that streams do not show */
export function liveFrame(frame: Frame, offset: number): LiveFrame | undefined {
  const line = streamLine(frame, offset);
  if (line === undefined) return undefined;
  const shown = { key: frame.data.executionId, offset, data: line.data };
  switch (frame.type) {
    case 'NodeFrame':
      return { ...shown, type: 'node-status', order: orderKey(frame.data) };
    case 'LogFrame':
      return { ...shown, type: 'log-line' };
    case 'RunClosed':
      return { ...shown, type: 'stream-end', closed: frame.data.status };
    case 'RunEnding':
      return undefined;
    default:
      return assertNever(frame);
  }
}

/** Copied, so that the ring does not keep whole frames with their values alive. */
function orderKey({ nodeId, iteration, status, attemptNumber, error }: NodeFrame): OrderKey {
  return {
    nodeId,
    iteration,
    status,
    attemptNumber,
    error: error === null ? null : { code: null, message: '', stack: null },
  };
}
