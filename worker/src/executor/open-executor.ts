import { TOPICS, topicNames, writeAs } from '@flowplane/contracts';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { CONTENT_MIGRATIONS, makeContentStore } from '@flowplane/runtime/content-store';
import { connectKafka, ensureTopics, type SharedTails } from '@flowplane/plumbing/kafka';
import { ensureDatabase, makePool, migrate } from '@flowplane/plumbing/postgres';
import { hasCaughtUp, openProgress, type OpenProgress } from '@flowplane/runtime/read-model';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makePayloadCodec } from '../shared/codec/index.js';
import { assertEngineAccess, engineTarget } from '../shared/temporal-connection.js';
import { buildHealthApp } from '../shared/health-app.js';
import type { ExecutorConfig } from './config.js';
import { makeTemporalEngine } from './engine/temporal-engine.js';
import { startExecutor } from './executor.js';
import { makeFaultPoints } from '../shared/fault-points.js';
import { countEngineRequests } from './observe.js';
import { startPayloadRetention } from './retention/free-payloads.js';
import { EXECUTOR_MIGRATIONS } from './state/migrations.js';
import { runLimitsOf } from '../shared/run-limits.js';
import type { WorkerConnection } from '../shared/worker-connection.js';

/** What the executor shares with others of its process. */
export type ExecutorPorts = {
  /** Of the worker that serves the same task queue. */
  readonly workerConnection?: WorkerConnection | undefined;
  readonly openProgress?: OpenProgress | undefined;
  readonly tails?: SharedTails | undefined;
};

export async function openExecutor(
  config: ExecutorConfig,
  host: HostProcess,
  ports: ExecutorPorts = {},
): Promise<Running> {
  const { logger, fatal } = host;
  writeAs(config.writeAs);
  const metrics = makeMetrics();
  const topics = topicNames(config.topicPrefix);
  const kafka = await connectKafka(kafkaConfig(config, 'executor'), logger, ports.tails);
  const specs = [TOPICS.commands, TOPICS.events, TOPICS.runs, TOPICS.deadLetters].map((spec) => ({
    ...spec,
    name: config.topicPrefix + spec.name,
  }));
  await ensureTopics(kafka, specs, { partitions: config.partitions, replicationFactor: config.replicationFactor });

  const stateDbUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateDbUrl);
  const statePool = makePool(stateDbUrl, { max: 8, applicationName: 'executor', logger });
  await migrate(statePool, CONTENT_MIGRATIONS);
  await migrate(statePool, EXECUTOR_MIGRATIONS);
  const readPool = makePool(config.readDbUrl, { max: 8, applicationName: 'executor', logger });
  const progress = (ports.openProgress ?? openProgress)(readPool, config.readDbUrl);

  const store = makeContentStore(statePool);
  const codecs = [makePayloadCodec({ store, inlineMaxBytes: config.payloadInlineMaxBytes, onMissing: 'mark' })];
  const { temporalNamespace: namespace, temporalTaskQueue: taskQueue } = config;
  const target = engineTarget(config);
  await assertEngineAccess(target, namespace);
  const engine = makeTemporalEngine({
    ...{ namespace, taskQueue, logger },
    target,
    dataConverter: { payloadCodecs: codecs },
    maxConcurrentCalls: config.engineConcurrency,
    workerConnection: ports.workerConnection,
    onRequest: countEngineRequests(metrics),
  });
  const executor = startExecutor({
    ...{ kafka, topics, readPool, statePool, progress, engine, codecs, store, fatal, logger, metrics },
    ...{ tokenSecret: config.tokenSecret, partitions: config.partitions, groupSessionMs: config.groupSessionMs },
    groupId: `${config.topicPrefix}flowplane-executor`,
    taskQueue: config.temporalTaskQueue,
    engineScope: `${namespace}/${taskQueue}`,
    inlineMaxBytes: config.payloadInlineMaxBytes,
    limits: runLimitsOf(config),
    closeConcurrency: config.closeConcurrency,
    closeMaxBytes: config.closeMaxBytes,
    closeFrom: config.closeFrom,
    sweepIntervalMs: config.sweepIntervalMs,
    sweepOverlapMs: config.sweepOverlapMs,
    reconcileIntervalMs: config.reconcileIntervalMs,
    maxCatchupFires: config.maxCatchupFires,
    maxRefusedFires: config.maxRefusedFires,
    setAsideAfterMs: config.setAsideAfterMs,
    fromStart: config.fromStart,
    lostRunIntervalMs: config.lostRunIntervalMs,
    atFaultPoint: makeFaultPoints(config.faultPoint),
  });
  const payloads = startPayloadRetention({
    ...{ store, readPool, logger, now: Date.now },
    isCaughtUp: () => hasCaughtUp({ kafka, topic: topics.events, partitions: config.partitions, progress }),
    retentionMs: config.runRetentionMs,
    intervalMs: config.payloadRetentionIntervalMs,
  });
  const app = buildHealthApp({
    logger,
    metrics,
    missing: makeReadiness({
      log: [logProbe(kafka, topics.events)],
      store: [storeProbe(readPool), storeProbe(statePool)],
    }),
  });
  await app.listen({ port: config.healthPort, host: config.host });
  logger.info({ port: config.healthPort }, 'ready');
  return {
    close: async () => {
      await payloads.close();
      await executor.close();
      await app.close();
      await progress.close();
      await engine.close();
      await Promise.all([readPool.end(), statePool.end()]);
      await kafka.close();
    },
  };
}
