import {
  progressNameOf,
  START_OF_LOG,
  type LogPosition,
  type ReadPosition,
  type TopicName,
} from '@flowplane/contracts';
import { refusal, type Call } from '@flowplane/infra/http';
import { makeBatchProducer, makeEventReader, watchBacklog, type KafkaClient } from '@flowplane/infra/kafka';
import type { Logger } from '@flowplane/infra/logging';
import { isMissingSchema, makePool, makeProgressTracker, type Pool, type Progress } from '@flowplane/infra/postgres';
import type { Metrics } from '@flowplane/infra/telemetry';
import type { WorkspaceOwners } from '@flowplane/infra/tenancy';
import type { CommandServiceConfig } from '../config.js';
import { lookAfterAbandoned } from './abandoned-commands.js';
import { makeCommandBacklog } from './command-backlog.js';
import { makeContentStore } from '@flowplane/infra/content-store';
import { makeCommandReads } from './command-reads.js';
import { makeDefinitionChecker } from './definition-checker.js';
import type { ShellContext } from './flow-routes.js';
import { makeRunReads } from './run-reads.js';
import { startOutcomeTail } from './outcome-tail.js';
import { makeOverloadGuard } from './overload-guard.js';

/** The projection of the events log into the read models; the shell waits for it. */
const CONTROL = 'control';

export type Shell = {
  readonly context: ShellContext;
  /** Dependencies that are not reachable now. */
  readonly missing: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export async function openShell(options: {
  readonly config: CommandServiceConfig;
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  /** Group of the deciders, whose progress bounds what may be appended. */
  readonly deciderGroupId: string;
  readonly owners: WorkspaceOwners;
  /** Of the state database. */
  readonly statePool: Pool;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Promise<Shell> {
  const { config, kafka, topics, logger } = options;
  const readPool = makePool(config.readDbUrl, { max: 16, applicationName: 'command-service' });
  await schemaReady(readPool, logger);
  const progress = makeProgressTracker({
    url: config.readDbUrl,
    channel: 'flows_progress',
    load: () => loadProgress(readPool),
  });
  const watch = await watchBacklog(kafka, {
    topic: topics.commands,
    partitions: allPartitions(config.partitions),
    groupId: options.deciderGroupId,
  });
  const backlog = makeCommandBacklog(
    makeBatchProducer(kafka, { topic: topics.commands, maxPending: config.maxPendingCommands }),
    watch,
    (partition) => progress.current(`${CONTROL}.commands`, partition) ?? 0,
  );
  const { producer } = backlog;
  const guard = makeOverloadGuard({
    maxLagMs: config.maxLagMs,
    maxPendingCommands: config.maxPendingCommands,
    undecided: backlog.undecided,
    now: Date.now,
    projected: (partition) => progress.current(CONTROL, partition) ?? 0,
  });
  const tail = startOutcomeTail(
    makeEventReader(kafka, { topic: topics.events }),
    await tailPositions(readPool, config.partitions),
    logger,
  );
  tail.onProgress(guard.logReached);
  tail.onDecided(backlog.decided);
  const abandoned = lookAfterAbandoned({
    ...{ kafka, topics, producer, logger },
    pool: readPool,
    graceMs: config.staleGraceMs,
  });
  const checker = makeDefinitionChecker({
    rules: config,
    threads: config.validationThreads,
    timeoutMs: config.validationTimeoutMs,
    logger,
  });

  const context: ShellContext = {
    tail,
    producer,
    guard,
    reads: makeCommandReads(readPool),
    runs: makeRunReads(readPool, makeContentStore(options.statePool), config.runRetentionMs, Date.now),
    lenientSignals: config.lenientSignals,
    projected: ({ partition, offset }: LogPosition, waitMs, signal) =>
      progress.waitFor([CONTROL], partition, offset, Date.now() + waitMs, signal),
    reached: (position, waitMs, signal) =>
      progress.waitFor([progressNameOf(position)], position.partition, position.offset, Date.now() + waitMs, signal),
    partitions: config.partitions,
    now: Date.now,
    rules: config,
    checker,
    commandWaitMs: config.commandWaitMs,
    claimWorkspace: (call) => claimWorkspace(config, options.owners, call),
  };
  return {
    context,
    missing: async () => [...(tail.healthy() ? [] : ['log']), ...((await answers(readPool)) ? [] : ['store'])],
    close: async () => {
      await checker.close();
      await abandoned.close();
      await producer.close();
      watch.close();
      await tail.close();
      await progress.close();
      await readPool.end();
    },
  };
}

async function claimWorkspace(config: CommandServiceConfig, owners: WorkspaceOwners, call: Call): Promise<void> {
  if (config.workspaceRegistry !== 'claim') return;
  const owner = await owners.claim(call.workspaceId, call.tenantId);
  if (owner !== call.tenantId) throw refusal('CROSS_TENANT_VIOLATION');
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

async function loadProgress(pool: Pool): Promise<readonly Progress[]> {
  const { rows } = await pool.query<{ name: string; partition: number; next_offset: string }>(
    `SELECT projection AS name, partition, next_offset FROM flows.projection_progress
      UNION ALL
     SELECT projection || '.commands', partition, command_offset + 1 FROM flows.projection_progress`,
  );
  return rows.map(({ name, partition, next_offset }) => ({ name, partition, offset: Number(next_offset) }));
}

async function answers(pool: Pool): Promise<boolean> {
  return pool.query('SELECT 1').then(
    () => true,
    () => false,
  );
}

const SCHEMA_RETRY_MS = 250;

/** Waits for the read models' schema, which projection-service makes at its first start. */
async function schemaReady(pool: Pool, logger: Logger): Promise<void> {
  for (let waited = false; ; waited = true) {
    try {
      await pool.query('SELECT 1 FROM flows.projection_progress LIMIT 1');
      return;
    } catch (cause) {
      if (!isMissingSchema(cause)) throw cause;
      if (!waited) logger.info('waiting for projection-service to make the read models');
      await new Promise((resolve) => setTimeout(resolve, SCHEMA_RETRY_MS));
    }
  }
}
