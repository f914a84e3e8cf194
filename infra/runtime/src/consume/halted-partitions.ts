import type { UnknownSchema } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Gauge, Metrics } from '@flowplane/plumbing/telemetry';

/**
 * Partitions of our own topics where a consumer stands at a record of a newer release. It reads no further there:
 * what it passed over would be missing for ever. A process that knows the schema goes on from the same place.
 */
export type HaltedPartitions = {
  readonly halt: (partition: number, offset: number, cause: UnknownSchema) => void;
  readonly has: (partition: number) => boolean;
  readonly count: () => number;
  /** Read on everywhere: the partitions were given out again. */
  readonly clear: () => void;
};

/**
 * What a reader does at a record of a newer release: it stands still in that partition and notes it; it passes over the
 * record, which only a reader may do that keeps nothing; or it throws `UnknownSchema`.
 */
export type OnNewer = StopAtNewer | 'pass';
/** For readers that keep what they read. */
export type StopAtNewer = HaltedPartitions | 'throw';

export type HaltOptions = {
  /** Who stands still: `decider`, `executor`, `projection-<name>`. */
  readonly consumer: string;
  readonly topic: string;
  readonly logger: Pick<Logger, 'error'>;
  /** Of `haltedGauge`. */
  readonly gauge: Gauge<'consumer' | 'partition'>;
};

/** Once a process, since a metric is registered once. */
export const haltedGauge = (metrics: Metrics): Gauge<'consumer' | 'partition'> =>
  metrics.gauge({
    name: 'flows_halted_partitions',
    help: '1 where a consumer stands at a record of a newer release, by consumer and partition.',
    labels: ['consumer', 'partition'],
  });

export function makeHaltedPartitions({ consumer, topic, logger, gauge }: HaltOptions): HaltedPartitions {
  const halted = new Set<number>();
  return {
    halt: (partition, offset, { fingerprint }) => {
      if (halted.has(partition)) return;
      halted.add(partition);
      gauge.set({ consumer, partition: String(partition) }, 1);
      logger.error(
        { alert: 'halted-partition', consumer, topic, partition, offset, fingerprint },
        'a newer release wrote this record: nothing more of this partition is processed until a process of that release has it',
      );
    },
    has: (partition) => halted.has(partition),
    count: () => halted.size,
    clear: () => {
      for (const partition of halted) gauge.remove({ consumer, partition: String(partition) });
      halted.clear();
    },
  };
}
