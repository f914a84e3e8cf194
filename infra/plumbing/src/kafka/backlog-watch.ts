import { keepTrying } from '../periodic/index.js';
import type { KafkaClient } from './client.js';
import { asKafkaFault } from './faults.js';
import { GROUP_COORDINATOR, makeLink, type Link } from './link.js';
import { readEndOffsets } from './topics.js';

const FIRST_ANSWER_MS = 30_000;

/** How far a topic reaches and how far a group says it has come, as of a moment ago. */
export type BacklogWatch = {
  /** Exclusive end of a partition; 0 until it is known. Looking keeps what is known fresh. */
  readonly end: (partition: number) => number;
  /** What the group has committed of a partition; 0: nothing. */
  readonly committed: (partition: number) => number;
  readonly close: () => void;
};

export type BacklogWatchOptions = {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly groupId: string;
  /** Least time between two questions to the brokers, which are asked only while somebody looks; default 250 ms. */
  readonly intervalMs?: number;
};

/** Resolves when both are known for the first time. @throws KafkaFault when the brokers cannot be asked */
export async function watchBacklog(client: KafkaClient, options: BacklogWatchOptions): Promise<BacklogWatch> {
  const { topic, partitions, groupId, intervalMs = 250 } = options;
  const link = makeLink(client, `backlog-${topic}`, topic);
  let ends: ReadonlyMap<number, number> = new Map();
  let committed: ReadonlyMap<number, number> = new Map();
  let askedAt = -Infinity;
  let asking = false;
  const ask = async (): Promise<void> => {
    asking = true;
    askedAt = performance.now();
    try {
      committed = await committedOffsets(link, groupId, topic, partitions);
      ends = await readEndOffsets(link, topic, partitions);
    } finally {
      asking = false;
    }
  };
  const refresh = (): void => {
    if (asking || performance.now() - askedAt < intervalMs) return;
    ask().catch((error: unknown) => client.logger.debug({ topic, err: error }, 'the backlog is as last known'));
  };
  try {
    // Of a broker that just came up the group's coordinator is not there at once.
    await keepTrying(ask, {
      backoff: { firstMs: 50 },
      deadlineMs: Date.now() + FIRST_ANSWER_MS,
      isCurable: (cause) => asKafkaFault(cause, `backlog of ${topic}`).retryable,
    });
  } catch (error) {
    link.close();
    throw asKafkaFault(error, `backlog of ${topic}`);
  }
  return {
    end: (partition) => {
      refresh();
      return ends.get(partition) ?? 0;
    },
    committed: (partition) => committed.get(partition) ?? 0,
    close: link.close,
  };
}

async function committedOffsets(
  link: Link,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const wanted = { topic, partitions: partitions.map((partition) => ({ partition })) };
  try {
    const { responses } = await link.coordinator(groupId, GROUP_COORDINATOR, (broker) =>
      broker.offsetFetch({ groupId, topics: [wanted] }),
    );
    const found = responses.flatMap((response) => response.partitions);
    return new Map(found.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
  } catch (error) {
    throw asKafkaFault(error, `offsets of group ${groupId}`);
  }
}
