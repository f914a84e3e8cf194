import type { KafkaClient } from './client.js';
import {
  DEFAULT_MAX_BYTES,
  makePartitionFetcher,
  type FetcherOptions,
  type PartitionFetcher,
} from './partition-fetcher.js';
import type { TailFollower } from './tail-follower.js';

/**
 * A fetcher that goes on together with other readers of its process once it has reached the end of its partitions, where
 * the client has others to share with (`makeSharedTails`); else as `makePartitionFetcher`.
 */
export function makeSharedFetcher(client: KafkaClient, options: FetcherOptions): PartitionFetcher {
  const own = makePartitionFetcher(client, options);
  const { tails } = client;
  if (tails === undefined) return own;
  const { topic, maxBytes = DEFAULT_MAX_BYTES } = options;
  let offsets = new Map<number, number>();
  let follower: TailFollower | undefined;

  const leave = (): void => {
    follower?.leave();
    follower = undefined;
  };
  const pollAlone: PartitionFetcher['poll'] = async (maxWaitMs, signal) => {
    const mine = offsets;
    const shares = await own.poll(maxWaitMs, signal);
    if (mine !== offsets) return shares; // assigned anew meanwhile
    for (const { partition, nextOffset } of shares) offsets.set(partition, nextOffset);
    if (!own.isAtEnd()) return shares;
    follower = tails.join(client, topic, offsets);
    if (follower !== undefined) own.rest();
    return shares;
  };
  return {
    assign: (next) => {
      leave();
      offsets = new Map(next);
      own.assign(next);
    },
    poll: async (maxWaitMs, signal) => {
      if (offsets.size === 0) return [];
      if (follower === undefined) return pollAlone(maxWaitMs, signal);
      const mine = offsets;
      const shares = await follower.poll(offsets, maxBytes, maxWaitMs, signal);
      if (mine !== offsets) return [];
      if (shares === undefined) {
        follower = undefined;
        own.assign(offsets);
        return pollAlone(maxWaitMs, signal);
      }
      for (const { partition, nextOffset } of shares) offsets.set(partition, nextOffset);
      return shares;
    },
    close: () => {
      leave();
      own.close();
    },
  };
}
