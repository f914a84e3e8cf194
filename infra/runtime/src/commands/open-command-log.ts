import { CONTROL_PROJECTION, commandProgressName, type LogPosition, type TopicName } from '@flowplane/contracts';
import { makeBatchProducer, watchBacklog, type BatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeEventReader } from '../consume/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import {
  openProgress,
  readerPositions,
  readModelsReady,
  type OpenProgress,
  type ProgressTracker,
} from '../read-model/index.js';
import { makeBackground, type Background } from './background.js';
import { makeCommandBacklog } from './command-backlog.js';
import type { FollowedFlows } from './followed-flows.js';
import { startOutcomeTail, type OutcomeTail } from './outcome-tail.js';
import { makeOverloadGuard, type OverloadGuard } from './overload-guard.js';

/** Everything a service needs to append commands and to learn what became of them. */
export type CommandLog = {
  /** Outcomes, as the log has them. */
  readonly tail: OutcomeTail;
  /** Of the commands topic. */
  readonly producer: BatchProducer;
  /** Ask it before every append. */
  readonly guard: OverloadGuard;
  readonly partitions: number;
  /** Commands of a partition without an outcome. */
  readonly undecided: (partition: number) => number;
  /** `ce_source` of what is appended. */
  readonly source: string;
  /** Sends further attempts of commands that were answered before they had an outcome. */
  readonly background: Background;
  /** Waits until the read models have a position. @returns false when the time ran out */
  readonly projected: (position: LogPosition, waitMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Of the read models. */
  readonly progress: ProgressTracker;
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
  /** Where the process shares one tracker among services. */
  readonly openProgress?: OpenProgress | undefined;
  /** FLOWS_MAX_LAG */
  readonly maxLagMs: number;
  /** FLOWS_MAX_PENDING_COMMANDS */
  readonly maxPendingCommands: number;
  /** Name of the service that appends. */
  readonly service: string;
  readonly logger: Logger;
  /** For outcomes with the flow that they are about. */
  readonly flows?: FollowedFlows;
};

/** Commands whose further attempts are sent at once in the background, and the bytes of them and their requests. */
const MAX_FOLLOWED = 1000;
const MAX_FOLLOWED_BYTES = 64 * 1024 * 1024;

export const deciderGroup = (topicPrefix: string): string => `${topicPrefix}flowplane-decider`;

/** Waits for the read models' schema, then opens the log from where the read models stand. */
export async function openCommandLog(options: CommandLogOptions): Promise<CommandLog> {
  const { kafka, topics, partitions, readPool, logger } = options;
  await readModelsReady(readPool, logger);
  const progress = (options.openProgress ?? openProgress)(readPool, options.readDbUrl);
  const watch = await watchBacklog(kafka, {
    topic: topics.commands,
    partitions: Array.from({ length: partitions }, (_, partition) => partition),
    groupId: options.deciderGroupId,
  });
  const backlog = makeCommandBacklog(
    makeBatchProducer(kafka, { topic: topics.commands, maxPending: options.maxPendingCommands }),
    watch,
    (partition) => progress.current(commandProgressName(CONTROL_PROJECTION), partition) ?? 0,
  );
  const { producer } = backlog;
  const guard = makeOverloadGuard({
    maxLagMs: options.maxLagMs,
    maxPendingCommands: options.maxPendingCommands,
    undecided: backlog.undecided,
    undecidedOf: backlog.undecidedOf,
    now: Date.now,
    projected: (partition) => progress.current(CONTROL_PROJECTION, partition) ?? 0,
  });
  const tail = startOutcomeTail(
    makeEventReader(kafka, { topic: topics.events, onNewer: 'pass', lazily: true, staysAtEnd: true }),
    await readerPositions(readPool, CONTROL_PROJECTION, partitions),
    logger,
    options.flows,
  );
  tail.onProgress(guard.logReached);
  tail.onDecided(backlog.decided);
  return {
    ...{ tail, producer, guard, partitions, progress, undecided: backlog.undecided },
    source: `flowplane/${options.service}`,
    // A command whose next attempt fails stays pending; the look-out for abandoned commands ends it.
    background: makeBackground({ places: MAX_FOLLOWED, maxBytes: MAX_FOLLOWED_BYTES }, (err) =>
      logger.debug({ err }, 'a stale command is not followed'),
    ),
    projected: ({ partition, offset }, waitMs, signal) =>
      progress.waitFor([CONTROL_PROJECTION], partition, offset, Date.now() + waitMs, signal),
    healthy: tail.healthy,
    close: async () => {
      await producer.close();
      watch.close();
      await tail.close();
      await progress.close();
    },
  };
}
