import type { ServerResponse } from 'node:http';
import { PING, STREAM_ERROR } from './sse-text.js';

/** The response of one stream, with backpressure. */
export type SseConnection = {
  /**
   * Writes and waits until the client has room again.
   *
   * @returns false when the client is gone, or took nothing for too long and was dropped
   */
  readonly write: (text: string) => Promise<boolean>;
  readonly gone: AbortSignal;
  readonly end: () => void;
  /** Ends the stream with an `error` event. */
  readonly fail: () => void;
};

export type SseConnectionOptions = {
  readonly pingMs: number;
  /** A client that takes nothing for this long is dropped: it can resume. */
  readonly stallMs: number;
};

/** Takes a response over; the head must have been written. */
export function openSseConnection(response: ServerResponse, options: SseConnectionOptions): SseConnection {
  const gone = new AbortController();
  let draining: Promise<void> | undefined;

  // While the client has no room a comment would only make it worse.
  const ping = setInterval(() => {
    if (draining === undefined) response.write(PING);
  }, options.pingMs);
  const leave = (): void => {
    clearInterval(ping);
    gone.abort();
  };
  response.once('close', leave);
  response.on('error', leave);

  const untilDrained = (): Promise<void> =>
    new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        response.off('drain', settle);
        gone.signal.removeEventListener('abort', settle);
        draining = undefined;
        resolve();
      };
      const timer = setTimeout(() => response.destroy(), options.stallMs);
      response.once('drain', settle);
      gone.signal.addEventListener('abort', settle, { once: true });
    });

  const end = (text = ''): void => {
    clearInterval(ping);
    if (!gone.signal.aborted) response.end(text);
  };
  return {
    gone: gone.signal,
    write: async (text) => {
      if (gone.signal.aborted) return false;
      if (!response.write(text)) {
        draining ??= untilDrained();
        await draining;
      }
      return !gone.signal.aborted;
    },
    end: () => end(),
    fail: () => end(STREAM_ERROR),
  };
}
