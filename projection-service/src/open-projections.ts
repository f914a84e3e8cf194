import type { TopicName } from '@flowplane/contracts';
import { makeBatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { haltedGauge, makeHaltedPartitions, type StopAtNewer } from '@flowplane/runtime/consume';
import { openDeadLetters } from '@flowplane/runtime/dead-letters';
import { makeRunCounters } from './metrics.js';
import { AUDIT_TOPIC, auditTopicProjection } from './projections/audit-topic.js';
import { CONTROL, controlProjection } from './projections/control.js';
import { RUNS, runsProjection } from './projections/runs.js';
import { AUDIT_PACE, RUN_PACE } from '@flowplane/runtime/pace';
import { PROGRESS_CHANNEL, type Progress } from '@flowplane/runtime/read-model';
import type { Projection } from './runner/projection.js';
import { runProjection, type ProjectionRun, type ProjectionRunOptions } from './runner/run-projection.js';

export type ProjectionsOptions = {
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  /** Writes read models (`openWritePool`). */
  readonly writePool: Pool;
  /** Of the publisher's progress, in the state database. */
  readonly publisherPool: Pool;
  /** How far the read models are, with every commit. */
  readonly onProgress?: (progress: Progress) => void;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly onFatal: (cause: unknown) => void;
};

export type Projections = { readonly runs: readonly ProjectionRun[]; readonly close: () => Promise<void> };

const URGENT_LAG_SECONDS = 0.05;

/** Runs every projection of this service, each in a group of its own. */
export function openProjections(options: ProjectionsOptions): Projections {
  const { kafka, topics, logger } = options;
  const auditProducer = makeBatchProducer(kafka, { topic: topics.audit });
  const deadLetters = openDeadLetters({ kafka, topic: topics.deadLetters, logger, metrics: options.metrics });
  const gauge = haltedGauge(options.metrics);
  const haltsOf = (projection: string, topic: string): StopAtNewer =>
    makeHaltedPartitions({ consumer: `projection-${projection}`, topic, logger, gauge });
  const stopped = options.metrics.gauge({
    name: 'flows_projection_stopped',
    help: '1 for a projection that has stopped because its log was replaced.',
    labels: ['projection'],
  });
  const start = <M>(
    projection: Projection<M>,
    topic: string,
    store: Pick<ProjectionRunOptions<M>, 'pool' | 'channel' | 'onProgress' | 'yieldsWhile' | 'pace'>,
  ): ProjectionRun =>
    runProjection({
      projection,
      kafka,
      groupId: `${options.topicPrefix}flowplane-projection-${projection.name}`,
      topic,
      sessionTimeoutMs: options.sessionTimeoutMs,
      deadLetters,
      logger,
      onStopped: (name) => stopped.set({ projection: name }, 1),
      onFatal: options.onFatal,
      ...store,
    });
  const { writePool: pool, onProgress } = options;
  const readModels = { pool, channel: PROGRESS_CHANNEL, onProgress };
  const control = start(
    controlProjection(kafka, topics.events, haltsOf(CONTROL, topics.events), makeRunCounters(options.metrics)),
    topics.events,
    readModels,
  );
  const runs = [
    control,
    start(runsProjection(kafka, topics.runs, logger, haltsOf(RUNS, topics.runs)), topics.runs, {
      ...readModels,
      pace: RUN_PACE, // streams have frames from the log
    }),
    // Nobody waits for the audit topic: it goes in larger steps, and while the read models are behind, they go first.
    start(
      auditTopicProjection(
        kafka,
        topics.events,
        auditProducer,
        options.partitions,
        haltsOf(AUDIT_TOPIC, topics.events),
      ),
      topics.events,
      {
        pool: options.publisherPool,
        channel: undefined,
        yieldsWhile: () => control.lagSeconds() > URGENT_LAG_SECONDS,
        pace: AUDIT_PACE,
      },
    ),
  ];
  return {
    runs,
    close: async () => {
      await Promise.all(runs.map((run) => run.close()));
      await Promise.all([deadLetters.close(), auditProducer.close()]);
    },
  };
}
