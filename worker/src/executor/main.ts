import { TOPICS, topicNames } from '@flowplane/contracts';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/infra/config';
import { CONTENT_MIGRATIONS, makeContentStore } from '@flowplane/infra/content-store';
import { connectKafka, endOffsets, ensureTopics } from '@flowplane/infra/kafka';
import { makeLogger } from '@flowplane/infra/logging';
import { ensureDatabase, makePool, makeProgressTracker, migrate } from '@flowplane/infra/postgres';
import { runProcess, type Fatal, type Running } from '@flowplane/infra/process';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/infra/readiness';
import { makeMetrics } from '@flowplane/infra/telemetry';
import { makePayloadCodec } from '../codec/index.js';
import { assertEngineAccess, engineTarget } from '../temporal-connection.js';
import { buildHealthApp } from '../health-app.js';
import { readExecutorConfig } from './config.js';
import { makeTemporalEngine } from './engine/temporal-engine.js';
import { CONTROL, startExecutor } from './executor.js';
import { makeFaultPoints } from './fault-points.js';
import { countEngineRequests } from './observe.js';
import { loadProgress } from './read-model/progress.js';
import { startPayloadRetention } from './retention/free-payloads.js';
import { EXECUTOR_MIGRATIONS } from './state/migrations.js';

const logger = makeLogger({ service: 'executor' });

async function start(fatal: Fatal): Promise<Running> {
  const config = readExecutorConfig(process.env);
  const metrics = makeMetrics();
  const topics = topicNames(config.topicPrefix);
  const kafka = await connectKafka(kafkaConfig(config, 'executor'), logger);
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
  const progress = makeProgressTracker({
    url: config.readDbUrl,
    channel: 'flows_progress',
    load: () => loadProgress(readPool),
  });

  const store = makeContentStore(statePool);
  const codecs = [makePayloadCodec({ store, inlineMaxBytes: config.payloadInlineMaxBytes })];
  const { temporalNamespace: namespace, temporalTaskQueue: taskQueue } = config;
  const target = engineTarget(config);
  await assertEngineAccess(target, namespace);
  const engine = makeTemporalEngine({
    ...{ namespace, taskQueue, logger },
    target,
    dataConverter: { payloadCodecs: codecs },
    maxConcurrentCalls: config.engineConcurrency,
    onRequest: countEngineRequests(metrics),
  });
  const executor = startExecutor({
    ...{ kafka, topics, readPool, statePool, progress, engine, codecs, store, fatal, logger, metrics },
    ...{ tokenSecret: config.tokenSecret, partitions: config.partitions, groupSessionMs: config.groupSessionMs },
    groupId: `${config.topicPrefix}flowplane-executor`,
    taskQueue: config.temporalTaskQueue,
    engineScope: `${namespace}/${taskQueue}`,
    inlineMaxBytes: config.payloadInlineMaxBytes,
    limits: { maxStateBytes: config.maxStateBytes, subFlowMaxDepth: config.subFlowMaxDepth },
    closeConcurrency: config.closeConcurrency,
    sweepIntervalMs: config.sweepIntervalMs,
    sweepOverlapMs: config.sweepOverlapMs,
    reconcileIntervalMs: config.reconcileIntervalMs,
    atFaultPoint: makeFaultPoints(config.faultPoint),
  });
  const partitions = Array.from({ length: config.partitions }, (_, partition) => partition);
  const payloads = startPayloadRetention({
    ...{ store, readPool, logger, now: Date.now },
    isCaughtUp: async () => {
      const ends = await endOffsets(kafka, topics.events, partitions);
      return partitions.every((partition) => (progress.current(CONTROL, partition) ?? 0) >= (ends.get(partition) ?? 0));
    },
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

runProcess({ logger, service: 'executor', start });
