import type { KafkaClient, SharedTails } from './client.js';
import { makePartitionFetcher } from './partition-fetcher.js';
import type { PartitionFetch, TailFollower } from './tail-follower.js';

/** Bytes of keys and values that are held of a partition for readers that come a moment later, and for how long. */
const MAX_HELD_BYTES = 1024 * 1024;
/** A record keeps the whole answer in memory that it came with. */
const MAX_HELD_MS = 10_000;
/** Of one fetch. */
const MAX_FETCH_BYTES = 1024 * 1024;
const WAIT_MS = 5000;

/**
 * Readers of one process that have read a topic to its end wait for what comes next with one request, each at its own
 * position and pace: what came is held for some seconds, and a reader that has fallen behind that, or meets a fault, goes on alone
 * until it has caught up. So nobody waits for anybody, and every fault is met by each reader itself.
 */
export function makeSharedTails(): SharedTails {
  const tails = new Map<string, Tail>();
  return {
    join: (client, topic, offsets) => {
      const known = tails.get(topic);
      if (known !== undefined) return known.join(offsets);
      const tail = makeTail(client, topic, () => tails.delete(topic));
      tails.set(topic, tail);
      return tail.join(offsets);
    },
  };
}

type Tail = { readonly join: (offsets: ReadonlyMap<number, number>) => TailFollower | undefined };

/** What is held of one partition: shares without a gap, up to `next`. */
type Share = PartitionFetch & { readonly cameAt: number };
type Held = { readonly shares: Share[]; bytes: number; next: number; followers: number };

/** @param onEnd it is of no more use: a fault, or the last reader has left */
function makeTail(client: KafkaClient, topic: string, onEnd: () => void): Tail {
  const fetcher = makePartitionFetcher(client, { topic, maxBytes: MAX_FETCH_BYTES });
  const held = new Map<number, Held>();
  let isOver = false;
  let isFetching = false;
  /** Something else is to be read than before. */
  let isChanged = false;
  /** Ends the fetch under way. */
  let round = new AbortController();
  let arrival = makeArrival();

  const wakeAll = (): void => {
    const arrived = arrival;
    arrival = makeArrival();
    arrived.tell();
  };
  const change = (): void => {
    isChanged = true;
    round.abort();
  };
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    round.abort();
    held.clear();
    fetcher.close();
    onEnd();
    wakeAll();
  };
  /** One at a time, and only while somebody waits. */
  const fetchOnce = async (): Promise<void> => {
    if (isFetching || isOver) return;
    isFetching = true;
    round = new AbortController();
    try {
      if (isChanged) fetcher.assign(new Map([...held].map(([partition, { next }]) => [partition, next])));
      isChanged = false;
      for (const share of await fetcher.poll(WAIT_MS, round.signal)) if (!hold(held, share)) isChanged = true;
      for (const of of held.values()) letGo(of);
    } catch {
      end(); // each reader meets the fault with its own next fetch
    } finally {
      isFetching = false;
      wakeAll();
    }
  };

  const follow = (partitions: readonly number[]): TailFollower => {
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft || isOver) return;
      hasLeft = true;
      let isUnused = false;
      for (const partition of partitions) {
        const of = held.get(partition) as Held;
        of.followers -= 1;
        if (of.followers === 0) isUnused = held.delete(partition);
      }
      if (held.size === 0) return end();
      if (isUnused) change();
      wakeAll(); // its own wait ends, the others go on waiting
    };
    return {
      leave,
      poll: async (offsets, maxBytes, maxWaitMs, signal) => {
        const waitUntil = performance.now() + maxWaitMs;
        for (;;) {
          const taken = hasLeft || isOver ? undefined : takeFrom(held, offsets, maxBytes);
          if (taken === undefined) leave();
          if (taken === undefined || taken.length > 0 || signal?.aborted === true) return taken;
          const arrived = arrival.promise;
          void fetchOnce();
          if (!(await arrivesWithin(arrived, waitUntil - performance.now(), signal))) return [];
        }
      },
    };
  };

  return {
    join: (offsets) => {
      for (const [partition, offset] of offsets) {
        const of = held.get(partition);
        // One that is ahead goes on alone until the others are there: they keep what is held for them.
        if (of !== undefined && (offset < startOf(of) || offset > of.next)) return undefined;
      }
      let isNew = false;
      for (const [partition, offset] of offsets) {
        const of = held.get(partition);
        if (of === undefined) held.set(partition, { shares: [], bytes: 0, next: offset, followers: 1 });
        else of.followers += 1;
        isNew ||= of === undefined;
      }
      if (isNew) change();
      return follow([...offsets.keys()]);
    },
  };
}

const startOf = ({ shares, next }: Held): number => shares[0]?.from ?? next;

/** @returns false: it does not go on where what is held ends */
function hold(held: ReadonlyMap<number, Held>, share: PartitionFetch): boolean {
  const of = held.get(share.partition);
  if (of === undefined || share.from !== of.next) return false;
  of.shares.push({ ...share, cameAt: performance.now() });
  of.next = share.nextOffset;
  of.bytes += bytesOf(share);
  return true;
}

/** Drops what is too much, but the last share, and what is too old. */
function letGo(of: Held): void {
  const oldest = performance.now() - MAX_HELD_MS;
  for (let [first] = of.shares; first !== undefined; [first] = of.shares) {
    const isTooMuch = of.bytes > MAX_HELD_BYTES && of.shares.length > 1;
    if (!isTooMuch && first.cameAt > oldest) return;
    of.bytes -= bytesOf(first);
    of.shares.shift();
  }
}

const bytesOf = ({ records }: PartitionFetch): number =>
  records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);

/** @returns undefined: something is no longer held */
function takeFrom(
  held: ReadonlyMap<number, Held>,
  offsets: ReadonlyMap<number, number>,
  maxBytes: number,
): readonly PartitionFetch[] | undefined {
  const taken: PartitionFetch[] = [];
  let room = maxBytes;
  for (const [partition, offset] of offsets) {
    const of = held.get(partition);
    if (of === undefined || offset < startOf(of) || offset > of.next) return undefined;
    const parts: PartitionFetch[] = [];
    for (const share of newSharesOf(of, offset)) {
      if (room <= 0) break;
      parts.push(share);
      room -= bytesOf(share);
    }
    const last = parts.at(-1);
    if (last === undefined) continue;
    const all = parts.flatMap(({ records }) => records);
    const records = (parts[0] as PartitionFetch).from < offset ? all.filter((record) => record.offset >= offset) : all;
    const endOffset = (of.shares.at(-1) as PartitionFetch).endOffset;
    taken.push({ partition, records, from: offset, nextOffset: last.nextOffset, endOffset });
  }
  return taken;
}

/** Those that reach beyond `offset`: mostly the last one or none. */
function newSharesOf({ shares }: Held, offset: number): readonly PartitionFetch[] {
  let first = shares.length;
  while (first > 0 && (shares[first - 1] as PartitionFetch).nextOffset > offset) first -= 1;
  return shares.slice(first);
}

type Arrival = { readonly promise: Promise<void>; readonly tell: () => void };

function makeArrival(): Arrival {
  let tell = (): void => undefined;
  const promise = new Promise<void>((resolve) => (tell = resolve));
  return { promise, tell };
}

/** @returns false: nothing came in time, or `signal` aborted */
function arrivesWithin(arrived: Promise<void>, waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (hasArrived: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(hasArrived);
    };
    const giveUp = (): void => settle(false);
    const timer = setTimeout(giveUp, Math.max(0, waitMs));
    signal?.addEventListener('abort', giveUp, { once: true });
    void arrived.then(() => settle(true));
  });
}
