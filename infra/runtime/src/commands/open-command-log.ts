import {
  progressNameOf,
  START_OF_LOG,
  type LogPosition,
  type ReadPosition,
  type TopicName,
  type WaitPosition,
} from '@flowplane/contracts';
import { makeBatchProducer, watchBacklog, type BatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeEventReader } from '../consume/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying } from '@flowplane/plumbing/periodic';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { makeProgressTracker, type Progress } from '../read-model/index.js';
import { makeBackground, type Background } from './background.js';
import { makeCommandBacklog } from './command-backlog.js';
import { startOutcomeTail, type OutcomeTail } from './outcome-tail.js';
import { makeOverloadGuard, type OverloadGuard } from './overload-guard.js';

/** The projection of the events log into the read models; whoever answers a command waits for it. */
const CONTROL = 'control';

/** Everything a service needs to append commands and to learn what became of them. */
export type CommandLog = {
  /** Outcomes, as the log has them. */
  readonly tail: OutcomeTail;
  /** Of the commands topic. */
  readonly producer: BatchProducer;
  /** Ask it before every append. */
  readonly guard: OverloadGuard;
  readonly partitions: number;
  /** `ce_source` of what is appended. */
  readonly source: string;
  /** Sends further attempts of commands that were answered before they had an outcome. */
  readonly background: Background;
  /** Waits until the read models have a position. @returns false when the time ran out */
  readonly projected: (position: LogPosition, waitMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Waits until the read models have a position of a client. @returns false when the time ran out */
  readonly reached: (position: WaitPosition, waitMs: number, signal: AbortSignal) => Promise<boolean>;
  /** False while the log cannot be read. */
  readonly healthy: () => boolean;
  readonly close: () => Promise<void>;
};

export type CommandLogOptions = {
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly partitions: number;
  /** Group of the deciders, whose progress bounds what may be appended. */
  readonly deciderGroupId: string;
  /** Of the read models. */
  readonly readPool: Pool;
  readonly readDbUrl: string;
  /** FLOWS_MAX_LAG */
  readonly maxLagMs: number;
  /** FLOWS_MAX_PENDING_COMMANDS */
  readonly maxPendingCommands: number;
  /** Name of the service that appends. */
  readonly service: string;
  readonly logger: Logger;
};

/** Commands whose further attempts are sent at once in the background. */
const MAX_FOLLOWED = 1000;

export const deciderGroup = (topicPrefix: string): string => `${topicPrefix}flowplane-decider`;

/** Waits for the read models' schema, then opens the log from where the read models stand. */
export async function openCommandLog(options: CommandLogOptions): Promise<CommandLog> {
  const { kafka, topics, partitions, readPool, logger } = options;
  await schemaReady(readPool, logger);
  const progress = makeProgressTracker({
    url: options.readDbUrl,
    channel: 'flows_progress',
    load: () => loadProgress(readPool),
  });
  const watch = await watchBacklog(kafka, {
    topic: topics.commands,
    partitions: allPartitions(partitions),
    groupId: options.deciderGroupId,
  });
  const backlog = makeCommandBacklog(
    makeBatchProducer(kafka, { topic: topics.commands, maxPending: options.maxPendingCommands }),
    watch,
    (partition) => progress.current(`${CONTROL}.commands`, partition) ?? 0,
  );
  const { producer } = backlog;
  const guard = makeOverloadGuard({
    maxLagMs: options.maxLagMs,
    maxPendingCommands: options.maxPendingCommands,
    undecided: backlog.undecided,
    now: Date.now,
    projected: (partition) => progress.current(CONTROL, partition) ?? 0,
  });
  const tail = startOutcomeTail(
    makeEventReader(kafka, { topic: topics.events }),
    await tailPositions(readPool, partitions),
    logger,
  );
  tail.onProgress(guard.logReached);
  tail.onDecided(backlog.decided);
  return {
    ...{ tail, producer, guard, partitions },
    source: `flowplane/${options.service}`,
    // A command whose next attempt fails stays pending; the look-out for abandoned commands ends it.
    background: makeBackground(MAX_FOLLOWED, (err) => logger.debug({ err }, 'a stale command is not followed')),
    projected: ({ partition, offset }, waitMs, signal) =>
      progress.waitFor([CONTROL], partition, offset, Date.now() + waitMs, signal),
    reached: (position, waitMs, signal) =>
      progress.waitFor([progressNameOf(position)], position.partition, position.offset, Date.now() + waitMs, signal),
    healthy: tail.healthy,
    close: async () => {
      await producer.close();
      watch.close();
      await tail.close();
      await progress.close();
    },
  };
}

/**
 * Where the tail starts: the control projection's own reader positions, so that the reader rule holds from the first
 * record on; where it has none yet, the beginning.
 */
async function tailPositions(pool: Pool, partitions: number): Promise<ReadonlyMap<number, ReadPosition>> {
  const positions = new Map(allPartitions(partitions).map((partition) => [partition, START_OF_LOG]));
  const { rows } = await pool.query<{ partition: number; next_offset: string; epoch: string; owner: string }>(
    'SELECT partition, next_offset, epoch, owner FROM flows.projection_progress WHERE projection = $1',
    [CONTROL],
  );
  for (const row of rows) {
    positions.set(row.partition, { offset: Number(row.next_offset), epoch: Number(row.epoch), owner: row.owner });
  }
  return positions;
}

const allPartitions = (count: number): readonly number[] => Array.from({ length: count }, (_, partition) => partition);

/** How far the projections are, and the commands that they know the outcome of. */
export async function loadProgress(pool: Pool): Promise<readonly Progress[]> {
  const { rows } = await pool.query<{ name: string; partition: number; next_offset: string }>(
    `SELECT projection AS name, partition, next_offset FROM flows.projection_progress
      UNION ALL
     SELECT projection || '.commands', partition, command_offset + 1 FROM flows.projection_progress`,
  );
  return rows.map(({ name, partition, next_offset }) => ({ name, partition, offset: Number(next_offset) }));
}

const SCHEMA_RETRY_MS = 250;

/** Waits for the read models' schema, which projection-service makes at its first start. */
async function schemaReady(pool: Pool, logger: Logger): Promise<void> {
  let hasWaited = false;
  const onFault = (): void => {
    if (!hasWaited) logger.info('waiting for projection-service to make the read models');
    hasWaited = true;
  };
  const look = (): Promise<unknown> => pool.query('SELECT 1 FROM flows.projection_progress LIMIT 1');
  await keepTrying(look, { backoff: { firstMs: SCHEMA_RETRY_MS }, isCurable: isMissingSchema, onFault });
}
