import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '@flowplane/plumbing/http';
import type { SseConnection } from './sse-connection.js';

/** The streams of this process, so that it can end them when it ends. */
export type OpenStreams = {
  /** @throws Refusal 503 OVERLOADED: the process ends, another one serves */
  readonly requireRoom: () => void;
  /** Until the client is gone. */
  readonly add: (connection: SseConnection) => void;
  readonly count: () => number;
  /** Ends all of them behind a whole frame, so that clients go on elsewhere from the last id; those that do not read wait for nobody. */
  readonly drain: () => Promise<void>;
};

/** Longest time that ends of streams are waited for. */
const DRAIN_MS = 3000;

export function makeOpenStreams(): OpenStreams {
  const streams = new Set<SseConnection>();
  let isDraining = false;
  let onEmpty = (): void => undefined;
  return {
    requireRoom: () => {
      if (isDraining) throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
    },
    add: (connection) => {
      if (connection.gone.aborted) return;
      streams.add(connection);
      connection.gone.addEventListener(
        'abort',
        () => {
          streams.delete(connection);
          if (streams.size === 0) onEmpty();
        },
        { once: true },
      );
      if (isDraining) connection.end();
    },
    count: () => streams.size,
    drain: async () => {
      isDraining = true;
      if (streams.size === 0) return;
      const timeUp = new AbortController();
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      for (const stream of streams) stream.end();
      await Promise.race([empty, sleep(DRAIN_MS, undefined, { signal: timeUp.signal }).catch(() => undefined)]);
      timeUp.abort();
    },
  };
}
