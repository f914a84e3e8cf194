import { framesOf, type StreamFrame } from './event-stream.js';
import type { WatchedStream } from './watch-stream.js';

/** The stream of a run, which ends with its `stream-end`. */
export const runStream = (open: WatchedStream<StreamFrame>['open']): WatchedStream<StreamFrame> => ({
  name: 'streamExecution',
  open,
  framesOf,
  idOf: (frame) => {
    if (frame.type === 'error') throw new Error(`the stream failed: ${frame.code}`);
    return 'id' in frame ? frame.id : undefined;
  },
  isLast: (frame) => frame.type === 'stream-end',
});
