import type { KafkaClient } from './client.js';
import { makePartitionFetcher, type FetcherOptions } from './partition-fetcher.js';
import type { DirectReader } from './types.js';

export type DirectReaderOptions = FetcherOptions & {
  /** Called with every share of records: the exclusive end of its partition. */
  readonly onEnd?: (partition: number, endOffset: number) => void;
};

/** Reads partitions of a topic without a group; see `DirectReader`. */
export function makeDirectReader(client: KafkaClient, options: DirectReaderOptions): DirectReader {
  const fetcher = makePartitionFetcher(client, options);
  return {
    assign: fetcher.assign,
    poll: async (maxWaitMs) => {
      const shares = await fetcher.poll(maxWaitMs);
      for (const { partition, endOffset } of shares) options.onEnd?.(partition, endOffset);
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
