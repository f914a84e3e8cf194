import { listen } from '@flowplane/plumbing/postgres';

/** How far one consumer is in one partition: everything below `offset` is done. */
export type Progress = { readonly name: string; readonly partition: number; readonly offset: number };

export type ProgressTrackerOptions = {
  /** Database whose notifications tell of progress. */
  readonly url: string;
  /** Channel; payloads are `<name>:<partition>:<offset>` (offset = next to be done). */
  readonly channel: string;
  /** Reads all progress there is, once after every (re)connect. */
  readonly load: () => Promise<readonly Progress[]>;
};

export type ProgressTracker = {
  /**
   * Waits until every named consumer has done everything of `partition` below `offset`.
   *
   * @returns false when `deadlineMs` (epoch milliseconds) passed or `signal` fired first.
   */
  readonly waitFor: (
    names: readonly string[],
    partition: number,
    offset: number,
    deadlineMs: number,
    signal?: AbortSignal,
  ) => Promise<boolean>;
  /** Next offset of a consumer in a partition, as far as this process has heard; undefined: nothing heard. */
  readonly current: (name: string, partition: number) => number | undefined;
  /**
   * Progress that this process has made, once it is committed: who waits here need not wait for its notification. When that
   * comes, what is known may go back for a moment, until the notification of what was heard last.
   */
  readonly hear: (progress: Progress) => void;
  /** False while the notifying connection is down, so that what is known may be old. */
  readonly connected: () => boolean;
  readonly close: () => Promise<void>;
};

type Waiter = { readonly isReached: () => boolean; readonly settle: (reached: boolean) => void };

const PAYLOAD = /^([^:]+):(\d+):(\d+)$/;

function parsePayload(payload: string): Progress | undefined {
  const match = PAYLOAD.exec(payload);
  if (match === null) return undefined;
  return { name: match[1] as string, partition: Number(match[2]), offset: Number(match[3]) };
}

/**
 * Follows the progress of consumers that write to this database, by notification: no polling. Progress may also go
 * back (a table rebuilt from the log), so the last word counts, not the highest.
 */
export function makeProgressTracker({ url, channel, load }: ProgressTrackerOptions): ProgressTracker {
  const offsets = new Map<string, number>();
  /** Waiters by partition: a notification looks only at those it can concern. */
  const waiters = new Map<number, Set<Waiter>>();
  let connected = false;
  let heardWhileLoading: Progress[] | undefined;

  const keyOf = (name: string, partition: number): string => `${name}/${partition}`;
  const wake = (partition: number): void => {
    for (const waiter of waiters.get(partition) ?? []) if (waiter.isReached()) waiter.settle(true);
  };
  const hear = (progress: Progress): void => {
    if (heardWhileLoading !== undefined) {
      heardWhileLoading.push(progress);
      return;
    }
    offsets.set(keyOf(progress.name, progress.partition), progress.offset);
    wake(progress.partition);
  };

  const reload = async (): Promise<void> => {
    heardWhileLoading = [];
    const loaded = await load();
    const heard = heardWhileLoading;
    heardWhileLoading = undefined;
    offsets.clear();
    // What was heard meanwhile may be older or newer than the loaded row: here, and only here, the higher one counts.
    for (const progress of [...loaded, ...heard]) {
      const key = keyOf(progress.name, progress.partition);
      offsets.set(key, Math.max(offsets.get(key) ?? 0, progress.offset));
    }
    connected = true;
    for (const partition of waiters.keys()) wake(partition);
  };

  const listener = listen(
    url,
    channel,
    (payload) => {
      const progress = parsePayload(payload);
      if (progress !== undefined) hear(progress);
    },
    reload,
    () => {
      connected = false;
    },
  );

  const waitFor: ProgressTracker['waitFor'] = (names, partition, offset, deadlineMs, signal) => {
    const isReached = (): boolean =>
      connected && names.every((name) => (offsets.get(keyOf(name, partition)) ?? 0) >= offset);
    if (isReached()) return Promise.resolve(true);
    if (signal?.aborted === true || deadlineMs <= Date.now()) return Promise.resolve(false);
    return new Promise((resolve) => {
      const group = waiters.get(partition) ?? new Set<Waiter>();
      waiters.set(partition, group);
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        group.delete(waiter);
        resolve(reached);
      };
      const giveUp = (): void => settle(false);
      const waiter: Waiter = { isReached, settle };
      const timer = setTimeout(giveUp, deadlineMs - Date.now());
      signal?.addEventListener('abort', giveUp, { once: true });
      group.add(waiter);
    });
  };

  return {
    waitFor,
    hear,
    current: (name, partition) => offsets.get(keyOf(name, partition)),
    connected: () => connected,
    close: async () => {
      for (const group of waiters.values()) for (const waiter of group) waiter.settle(false);
      await listener.close();
    },
  };
}
