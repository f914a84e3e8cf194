import { setTimeout as sleep } from 'node:timers/promises';
import type { Quotas, TopicName } from '@flowplane/contracts';
import { joinGroup, makeEndReader, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { haltedGauge, makeHaltedPartitions } from '@flowplane/runtime/consume';
import { openDeadLetters } from '@flowplane/runtime/dead-letters';
import type { Memory } from '../domain/index.js';
import { COMMAND_MIGRATIONS } from '../migrations.js';
import { makeLogClock } from './log-clock.js';
import { makeDeciderMetrics } from './metrics.js';
import type { DeciderPorts } from './ports.js';
import { readFaultPoints } from './fault-points.js';
import { ownPartition, type PartitionOwner } from './partition.js';
import { makeSnapshotStore } from './snapshot-store.js';
import { makeTopicIds } from './topic-ids.js';

export type DeciderOptions = {
  readonly kafka: KafkaClient;
  /** Full names of our topics. */
  readonly topics: Readonly<Record<TopicName, string>>;
  /** Partition count of commands and events. */
  readonly partitions: number;
  /** Pool of the state database; schema `command` is brought up to date by the start. */
  readonly statePool: Pool;
  /** As configured; null: nothing is denied for want of quota. */
  readonly quotas: (tenantId: string) => Quotas | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called at most once, when deciding must not go on in this process; end it. */
  readonly onFatal: (cause: Error) => void;
  readonly snapshotIntervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly groupId: string;
  readonly memory: Memory;
  /** Where fault points are read from, default this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type Decider = {
  /** Leaves the group, writes what is decided and a last snapshot. */
  readonly close: () => Promise<void>;
  /** Partitions being decided now, ascending. */
  readonly ownedPartitions: () => readonly number[];
};

const COMMIT_INTERVAL_MS = 5000;
const FINISH_DEADLINE_MS = 5000;

/**
 * Joins the deciders' group and decides the commands of the partitions it is given, until closed. Resolves when it has
 * begun to join; partitions follow.
 *
 * @throws when the state database cannot be brought up to date, or a fault point is named in production
 */
export async function startDecider(options: DeciderOptions): Promise<Decider> {
  const { kafka, topics, logger } = options;
  const faults = readFaultPoints(options.env ?? process.env);
  await migrate(options.statePool, COMMAND_MIGRATIONS);
  let owners: readonly PartitionOwner[] = [];
  const gauge = haltedGauge(options.metrics);
  const deadLetters = openDeadLetters({ kafka, topic: topics.deadLetters, logger, metrics: options.metrics });
  const ownedPartitions = (): readonly number[] =>
    owners
      .filter((owner) => owner.isDeciding())
      .map(({ partition }) => partition)
      .sort((a, b) => a - b);
  const metrics = makeDeciderMetrics(options.metrics, () => ownedPartitions().length);
  const ports: DeciderPorts = {
    clock: makeLogClock({ now: Date.now, onAhead: metrics.clockAhead, logger }),
    kafka,
    topics,
    logger,
    faults,
    deadLetters,
    topicIds: makeTopicIds(kafka, topics),
    partitions: options.partitions,
    quotas: options.quotas,
    memory: options.memory,
    snapshots: makeSnapshotStore(options.statePool),
    snapshotIntervalMs: options.snapshotIntervalMs,
    halted: () => makeHaltedPartitions({ consumer: 'decider', topic: topics.commands, logger, gauge }),
    metrics,
  };
  let failed = false;
  const fail = (cause: Error): void => {
    if (failed) return;
    failed = true;
    stopAll();
    options.onFatal(cause);
  };
  const stopAll = (): void => {
    for (const owner of owners) owner.stop();
    owners = [];
  };
  const ends = makeEndReader(kafka, topics.events);
  let isLooking = false;
  /** One request for all partitions; where it fails, each owner asks for itself, and finds out if its connection is gone. */
  const lookAtEnds = async (): Promise<void> => {
    const deciding = owners.filter((owner) => owner.isDeciding());
    if (isLooking || deciding.length === 0) return;
    isLooking = true;
    const found = await ends.read(deciding.map(({ partition }) => partition)).catch(() => undefined);
    isLooking = false;
    for (const owner of deciding) owner.checkEnd(found?.get(owner.partition));
  };
  const { groupId, sessionTimeoutMs } = options;
  const member = joinGroup(
    kafka,
    // Twice as many as usual: callers wait for the new owner.
    { groupId, topic: topics.commands, sessionTimeoutMs, heartbeatIntervalMs: Math.ceil(sessionTimeoutMs / 6) },
    {
      onAssigned: (partitions) => {
        stopAll();
        if (failed) return;
        logger.info({ groupId, partitions }, 'partitions assigned');
        owners = partitions.map((partition) => ownPartition(ports, partition, fail));
      },
      onLost: () => {
        logger.warn({ groupId }, 'membership lost');
        stopAll();
      },
      onHeartbeat: () => {
        for (const owner of owners) owner.onHeartbeat();
        void lookAtEnds();
      },
    },
  );
  const commitTimer = setInterval(() => {
    member.commit(progressOf(owners)).catch((error: unknown) => logger.debug({ err: error }, 'no offsets committed'));
  }, COMMIT_INTERVAL_MS);
  return {
    ownedPartitions,
    close: async () => {
      clearInterval(commitTimer);
      const finishing = owners;
      owners = [];
      const deadline = new AbortController();
      await Promise.race([
        Promise.all(finishing.map((owner) => owner.finish())),
        sleep(FINISH_DEADLINE_MS, undefined, { signal: deadline.signal }).catch(() => undefined),
      ]);
      deadline.abort();
      for (const owner of finishing) owner.stop();
      await member.leave();
      ends.close();
      await deadLetters.close();
    },
  };
}

function progressOf(owners: readonly PartitionOwner[]): ReadonlyMap<number, number> {
  const offsets = new Map<number, number>();
  for (const owner of owners) {
    const next = owner.nextCommandOffset();
    if (next !== undefined) offsets.set(owner.partition, next);
  }
  return offsets;
}
