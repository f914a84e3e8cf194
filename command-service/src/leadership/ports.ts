import type { Quotas, TopicName } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { HaltedPartitions } from '@flowplane/runtime/consume';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { Memory } from '../domain/index.js';
import type { DeciderMetrics } from './metrics.js';
import type { LogClock } from './log-clock.js';
import type { FaultPoints } from './fault-points.js';
import type { SnapshotStore } from './snapshot-store.js';
import type { TopicIds } from './topic-ids.js';

/** What every owner of a partition works with; made once by `startDecider`. */
export type DeciderPorts = {
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly topicIds: () => Promise<TopicIds>;
  readonly partitions: number;
  /** As configured; null: nothing is denied for want of quota. */
  readonly quotas: (tenantId: string) => Quotas | null;
  readonly memory: Memory;
  readonly clock: LogClock;
  readonly snapshots: SnapshotStore;
  readonly snapshotIntervalMs: number;
  readonly deadLetters: DeadLetters;
  /** Partitions of the commands topic that wait for a newer release. */
  readonly halted: () => HaltedPartitions;
  readonly logger: Logger;
  readonly metrics: DeciderMetrics;
  readonly faults: FaultPoints;
};
