import { TOPICS, topicNames, writeAs } from '@flowplane/contracts';
import { openDeadLetters } from '@flowplane/runtime/dead-letters';
import { addPositions, deciderGroup, makeDenialRecorder, openCommandLog } from '@flowplane/runtime/commands';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { buildServer } from '@flowplane/plumbing/http';
import { prepareFlowRoutes, serverOptions } from '@flowplane/runtime/api';
import { openAccess } from '@flowplane/runtime/identity';
import { connectKafka, ensureTopics, type SharedTails } from '@flowplane/plumbing/kafka';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { makeQuotaEvaluator, makeStartQuotas } from '@flowplane/runtime/quotas';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { queueMetrics } from '@flowplane/plumbing/threads';
import type { OpenProgress } from '@flowplane/runtime/read-model';
import { migrateTenancy } from '@flowplane/runtime/tenancy';
import type { TriggerServiceConfig } from './config.js';
import { makeTriggerExpressions } from './expressions/trigger-expressions.js';
import { makeTriggerEvents } from './trigger-metrics.js';
import { openWebhooks } from './webhooks/open-webhooks.js';
import { startPlatformEvents } from './platform-events/start-platform-events.js';

/** What the service shares with others of its process. */
export type TriggerServicePorts = {
  readonly openProgress?: OpenProgress | undefined;
  readonly tails?: SharedTails | undefined;
};

export async function openTriggerService(
  config: TriggerServiceConfig,
  host: HostProcess,
  ports: TriggerServicePorts = {},
): Promise<Running> {
  const { logger, fatal } = host;
  writeAs(config.writeAs);
  const metrics = makeMetrics();
  const kafka = await connectKafka(kafkaConfig(config, 'trigger-service'), logger, ports.tails);
  const topics = topicNames(config.topicPrefix);
  const deadLetterTopic = config.deadLetterTopic ?? topics.deadLetters;
  const specs = [
    { ...TOPICS.commands, name: topics.commands },
    { ...TOPICS.events, name: topics.events },
    { ...TOPICS.deadLetters, name: deadLetterTopic },
  ];
  await ensureTopics(kafka, specs, { partitions: config.partitions, replicationFactor: config.replicationFactor });
  const stateDbUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateDbUrl);
  const statePool = makePool(stateDbUrl, { max: 4, applicationName: 'trigger-service', logger });
  await migrateTenancy(statePool);
  const readPool = makePool(config.readDbUrl, { max: 8, applicationName: 'trigger-service', logger });
  const log = await openCommandLog({
    ...{ kafka, topics, readPool, logger, service: 'trigger-service' },
    deciderGroupId: deciderGroup(config.topicPrefix),
    partitions: config.partitions,
    readDbUrl: config.readDbUrl,
    openProgress: ports.openProgress,
    maxLagMs: config.maxLagMs,
    maxPendingCommands: config.maxPendingCommands,
  });
  const expressions = makeTriggerExpressions({
    threads: config.exprThreads,
    timeoutMs: config.exprTimeoutMs,
    limits: { maxLength: config.exprMaxLength },
    logger,
    observer: queueMetrics(metrics, 'trigger-expressions'),
  });
  const fired = makeTriggerEvents(metrics);
  const { quotaEnforceUrl: url, quotaTimeoutMs: timeoutMs } = config;
  const evaluator = url === undefined ? undefined : makeQuotaEvaluator({ url, timeoutMs, logger, metrics });
  const quotas = makeStartQuotas(evaluator, readPool);
  const deadLetters = openDeadLetters({ kafka, topic: deadLetterTopic, logger, metrics });
  const shared = { config, kafka, log, topics, deadLetters, readPool, expressions, fired, quotas, logger };
  const webhooks = await openWebhooks(shared);
  const events = await startPlatformEvents({ ...shared, statePool, metrics, fatal });
  const denials = makeDenialRecorder({ log, logger, metrics });
  const app = buildServer({
    logger,
    metrics,
    ...serverOptions(config),
    missing: makeReadiness({
      log: [logProbe(kafka, topics.commands), () => Promise.resolve(log.healthy())],
      store: [storeProbe(readPool), storeProbe(statePool)],
    }),
  });
  prepareFlowRoutes(app);
  if (config.enabled) {
    addPositions(app, log);
    webhooks.addRoutes(app, { ...openAccess(config, statePool, logger), onDenied: denials.record });
  }
  await app.listen({ port: config.port, host: config.host });
  logger.info({ port: config.port }, 'ready');
  return {
    close: async () => {
      await app.close();
      await webhooks.close();
      await events.close();
      await deadLetters.close();
      await expressions.close();
      await denials.close();
      await log.close();
      await Promise.all([readPool.end(), statePool.end()]);
      await kafka.close();
    },
  };
}
