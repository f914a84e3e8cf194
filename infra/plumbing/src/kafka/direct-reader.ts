import type { KafkaClient } from './client.js';
import { makePartitionFetcher, type FetcherOptions } from './partition-fetcher.js';
import type { PartitionFetch } from './tail-follower.js';
import type { DirectReader } from './types.js';

export type DirectReaderOptions = FetcherOptions & {
  /**
   * Called with every share of a partition, also where none of its records is handed on: where reading goes on, and the
   * exclusive end for readers.
   */
  readonly onShare?: (share: Pick<PartitionFetch, 'partition' | 'nextOffset' | 'endOffset'>) => void;
};

/** Reads partitions of a topic without a group; see `DirectReader`. */
export function makeDirectReader(client: KafkaClient, options: DirectReaderOptions): DirectReader {
  const fetcher = makePartitionFetcher(client, options);
  return {
    assign: fetcher.assign,
    poll: async (maxWaitMs, signal) => {
      const shares = await fetcher.poll(maxWaitMs, signal);
      for (const share of shares) options.onShare?.(share);
      const [only] = shares;
      if (shares.length === 1 && only !== undefined) return only.records;
      return shares.flatMap(({ records }) => records);
    },
    close: () => {
      fetcher.close();
      return Promise.resolve();
    },
  };
}
