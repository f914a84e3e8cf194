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
  /** What is written behind each ping from now on. */
  readonly pingWith: (text: () => string) => void;
  readonly gone: AbortSignal;
  readonly end: () => void;
  /** Ends the stream with an `error` event. */
  readonly fail: () => void;
};

export type SseConnectionOptions = {
  readonly pingMs: number;
  /** A client that takes nothing for this long, or has not taken all so long after the end, is dropped: it can resume. */
  readonly stallMs: number;
};

/** Until when a stream may go on: its reader's credential is looked at again with each ping. */
export type SseCredential = {
  readonly isLetIn: () => Promise<boolean>;
  /** In ms since the epoch; null: it does not end by itself. */
  readonly expiresAt: number | null;
};

/** Longer waits than this are none to Node: it would be over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Takes a response over; the head must have been written. */
export function openSseConnection(
  response: ServerResponse,
  credential: SseCredential,
  options: SseConnectionOptions,
): SseConnection {
  const gone = new AbortController();
  let draining: Promise<void> | undefined;
  let behindPing = (): string => '';

  // While the client has no room a comment would only make it worse.
  const ping = setInterval(() => {
    if (draining === undefined) response.write(PING + behindPing());
    void lookAgain();
  }, options.pingMs);
  const leave = (): void => {
    clearInterval(ping);
    clearTimeout(expiry);
    gone.abort();
  };
  /** The reader reconnects, and gets the refusal. */
  const turnAway = (): void => {
    leave();
    finish();
  };
  /** What is still in the socket waits for the client so long at most: one that never reads would keep it open. */
  const finish = (text = ''): void => {
    response.end(text);
    const timer = setTimeout(() => response.destroy(), options.stallMs);
    response.once('close', () => clearTimeout(timer));
  };
  let isLooking = false;
  const lookAgain = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const isLetIn = await credential.isLetIn();
    isLooking = false;
    if (!isLetIn && !gone.signal.aborted) turnAway();
  };
  // One that is over already is within the leeway for clocks that differ: the pings find its end.
  const left = (credential.expiresAt ?? Infinity) - Date.now();
  const expiry = left > 0 && left <= MAX_TIMER_MS ? setTimeout(turnAway, left) : undefined;
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
    clearTimeout(expiry);
    if (!gone.signal.aborted) finish(text);
  };
  return {
    gone: gone.signal,
    pingWith: (text) => {
      behindPing = text;
    },
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
