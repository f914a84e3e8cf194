import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KafkaClient } from './client.js';
import { asKafkaFault, brokerFault, KafkaFault, OffsetOutOfRange } from './faults.js';
import { makeLink } from './link.js';
import { decodeRecordBatches } from './record-batch-decode.js';
import { fetchRequest, type FetchedPartition, type FetchSettings } from './requests.js';
import type { PartitionFetch } from './tail-follower.js';

/** Fetches many partitions of one topic, one request at a time per leader, on its own link. */
export type PartitionFetcher = {
  readonly assign: (offsets: ReadonlyMap<number, number>) => void;
  /**
   * Empty after `maxWaitMs` without anything, or as soon as `signal` aborts; nothing is lost then, the next call waits for
   * the same answers.
   *
   * @throws OffsetOutOfRange, KafkaFault; the next call starts over from the offsets reached
   */
  readonly poll: (maxWaitMs: number, signal?: AbortSignal) => Promise<readonly PartitionFetch[]>;
  readonly close: () => void;
};

/** A fetcher on its own link. */
type OwnFetcher = PartitionFetcher & {
  /** The last answers had nothing that was not handed out. */
  readonly isAtEnd: () => boolean;
  /** Reads nothing, and holds no connection, until it is assigned anew. */
  readonly rest: () => void;
};

export type FetcherOptions = {
  readonly topic: string;
  /** Bound of a response, default 8 MiB; a single larger record comes all the same. */
  readonly maxBytes?: number;
  /**
   * Ask for the next records while the caller works on those it was given, as long as the last answer said that there
   * are more: so nothing is ever waited for that is not there yet.
   */
  readonly readAhead?: boolean;
  /**
   * Records of producers outside that use transactions: only those of committed ones, once they are. Our own topics have
   * none.
   */
  readonly onlyCommitted?: boolean;
};

export const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

export function makePartitionFetcher(client: KafkaClient, options: FetcherOptions): OwnFetcher {
  const { topic, maxBytes = DEFAULT_MAX_BYTES, readAhead = false, onlyCommitted = false } = options;
  const link = makeLink(client, `reader-${topic}`, topic);
  let offsets = new Map<number, number>();
  let generation = 0;
  let turn = 0;
  /** The fetch under way at each leader; it ends without throwing. */
  const inFlight = new Map<number, Promise<void>>();
  let arrived: PartitionFetch[] = [];
  /** Ends of the partitions as the last answer said. */
  const ends = new Map<number, number>();
  let failure: KafkaFault | undefined;

  const start = (leader: number, partitions: readonly number[], settings: FetchSettings): void => {
    const mine = generation;
    const asked = partitions.map((partition) => [partition, offsets.get(partition) as number] as const);
    const work = async (): Promise<void> => {
      const answer = await link.send(leader, fetchRequest(topic, asked, settings));
      if (mine === generation) for (const share of answer) take(share);
    };
    const answer = work()
      .catch((error: KafkaFault) => {
        if (mine === generation) failure ??= error;
      })
      .finally(() => {
        if (inFlight.get(leader) === answer) inFlight.delete(leader);
      });
    inFlight.set(leader, answer);
  };
  const take = (share: FetchedPartition): void => {
    const { partition } = share;
    const from = offsets.get(partition);
    if (share.errorCode === 1 && from !== undefined) throw new OffsetOutOfRange(topic, partition, from);
    if (share.errorCode !== 0) {
      link.reset(); // most often another leader, which fresh metadata names
      throw brokerFault(share.errorCode, `fetch from ${topic}[${partition}]`);
    }
    const endOffset = onlyCommitted ? share.lastStableOffset : share.highWatermark;
    ends.set(partition, endOffset);
    if (from === undefined || share.records === null || share.records.length === 0) return;
    const { records, nextOffset } = decodeRecordBatches(share.records, partition, from, share.aborted);
    offsets.set(partition, nextOffset);
    if (nextOffset > from) arrived.push({ partition, records, from, nextOffset, endOffset });
  };
  const startMissing = async (maxWaitMs: number): Promise<void> => {
    const leaders = await link.leaders(topic);
    const rotated = rotate([...offsets.keys()], turn++);
    for (const [leader, partitions] of groupByLeader(rotated, leaders, topic)) {
      if (inFlight.has(leader)) continue;
      start(leader, partitions, { maxWaitMs, maxBytes, partitionBytes: maxBytes, onlyCommitted });
    }
  };
  /** Ends when the request is on its way: the caller may keep the event loop busy from here on. */
  const askAhead = async (): Promise<void> => {
    try {
      await startMissing(0);
      await nextTurn();
    } catch (error) {
      failure ??= asKafkaFault(error, `fetch from ${topic}`);
    }
  };
  const hasMore = ({ nextOffset, endOffset }: PartitionFetch): boolean => nextOffset < endOffset;
  const forget = (): void => {
    generation++;
    inFlight.clear();
    arrived = [];
    failure = undefined;
  };
  const assign = (next: ReadonlyMap<number, number>): void => {
    if (inFlight.size > 0) link.reset(); // a long poll for what is no longer wanted
    forget();
    ends.clear();
    offsets = new Map(next);
  };
  const hasNothing = (): boolean => arrived.length === 0 && failure === undefined;
  return {
    assign,
    isAtEnd: () =>
      hasNothing() && [...offsets].every(([partition, offset]) => offset >= (ends.get(partition) ?? Infinity)),
    rest: () => {
      assign(new Map());
      link.reset();
    },
    poll: async (maxWaitMs, signal) => {
      if (offsets.size === 0) return [];
      if (hasNothing()) {
        await startMissing(maxWaitMs);
        await firstOf(inFlight.values(), signal);
      }
      const batch = arrived;
      arrived = [];
      if (readAhead && failure === undefined && batch.some(hasMore)) await askAhead();
      if (batch.length > 0) return batch;
      if (failure !== undefined) {
        const fault = failure;
        forget();
        throw fault;
      }
      return [];
    },
    close: () => link.close(),
  };
}

/** Waits for the first of them, or until `signal` aborts. None of them may reject. */
async function firstOf(answers: Iterable<Promise<void>>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return Promise.race(answers);
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    for (const answer of answers) void answer.then(done);
  });
}

/** Each poll begins with another partition, so that a busy one cannot fill every response. */
function rotate(partitions: readonly number[], turn: number): readonly number[] {
  const first = turn % partitions.length;
  return [...partitions.slice(first), ...partitions.slice(0, first)];
}

function groupByLeader(
  partitions: readonly number[],
  leaders: ReadonlyMap<number, number>,
  topic: string,
): ReadonlyMap<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const partition of partitions) {
    const leader = leaders.get(partition);
    if (leader === undefined || leader < 0) {
      throw new KafkaFault('LEADER_NOT_AVAILABLE', true, `${topic}[${partition}] has no leader now`);
    }
    groups.set(leader, [...(groups.get(leader) ?? []), partition]);
  }
  return groups;
}
