import { CONTROL_PROJECTION, TOPICS, topicNames } from '@flowplane/contracts';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { buildServer } from '@flowplane/plumbing/http';
import { makeByteLimiter } from '@flowplane/plumbing/limiter';
import { prepareFlowRoutes, serverOptions } from '@flowplane/runtime/api';
import { connectKafka, endOffsets, ensureTopics, makeDirectReader, type SharedTails } from '@flowplane/plumbing/kafka';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';
import { openProgress, readerPositions, type OpenProgress } from '@flowplane/runtime/read-model';
import { makeEventReader } from '@flowplane/runtime/consume';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { openAccess } from '@flowplane/runtime/identity';
import { migrateTenancy } from '@flowplane/runtime/tenancy';
import { addStreamRoutes } from './app.js';
import type { MonitorConfig } from './config.js';
import { makeOpenStreams } from './stream/open-streams.js';
import { makeEventHistory, NOT_SHOWN, recentPositions } from './tail/event-history.js';
import { startEventsTail } from './tail/events-tail.js';
import { startFramesTail } from './tail/frames-tail.js';
import { onDemand } from './tail/on-demand.js';
import { addConsole } from './console/add-console.js';

/** What the service shares with others of its process. */
export type MonitorServicePorts = {
  readonly openProgress?: OpenProgress | undefined;
  readonly tails?: SharedTails | undefined;
};

export async function openMonitorService(
  config: MonitorConfig,
  host: HostProcess,
  ports: MonitorServicePorts = {},
): Promise<Running> {
  const { logger, fatal } = host;
  const { partitions } = config;
  const metrics = makeMetrics();
  const topics = topicNames(config.topicPrefix);
  const kafka = await connectKafka(kafkaConfig(config, 'monitor-service'), logger, ports.tails);
  const { replicationFactor } = config;
  await ensureTopics(kafka, [{ ...TOPICS.runs, name: topics.runs }], { partitions, replicationFactor });

  const stateDbUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateDbUrl);
  const statePool = makePool(stateDbUrl, { max: 4, applicationName: 'monitor-service', logger });
  await migrateTenancy(statePool);
  const readPool = makePool(config.readDbUrl, { max: 16, applicationName: 'monitor-service', logger });
  const progress = (ports.openProgress ?? openProgress)(readPool, config.readDbUrl);

  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const maxBytes = Math.ceil(config.tailMaxBytes / partitions);
  const limits = { ring: { maxFrames: Math.ceil(maxBytes / 500), maxBytes }, maxWaiting: config.sseMaxWaiting };
  const framesTail = onDemand(async () =>
    startFramesTail({
      reader: makeDirectReader(kafka, { topic: topics.runs }),
      start: await endOffsets(kafka, topics.runs, all),
      ...{ limits, fatal, logger },
    }),
  );
  const eventsTail = onDemand(async () =>
    startEventsTail({
      reader: makeEventReader(kafka, {
        ...{ topic: topics.events, without: NOT_SHOWN, onNewer: 'pass' },
        staysAtEnd: true,
      }),
      ends: await endOffsets(kafka, topics.events, all),
      start: await recentPositions(
        kafka,
        topics.events,
        await readerPositions(readPool, CONTROL_PROJECTION, partitions),
      ),
      ...{ limits, fatal, logger },
    }),
  );
  const openStreams = makeOpenStreams();
  const streams = metrics.gauge({ name: 'flows_streams', help: 'Event streams open now.' });
  Object.assign(streams, { collect: () => streams.set(openStreams.count()) });
  const areTailsHealthy = (): boolean => [framesTail, eventsTail].every((tail) => tail.opened()?.healthy() !== false);

  const app = buildServer({
    logger,
    metrics,
    ...serverOptions(config),
    missing: makeReadiness({
      log: [logProbe(kafka, topics.runs), () => Promise.resolve(areTailsHealthy())],
      store: [storeProbe(readPool), storeProbe(statePool)],
    }),
  });
  prepareFlowRoutes(app);
  if (config.enabled) {
    addStreamRoutes(app, openAccess(config, statePool, logger), {
      ...{ progress, readPool, partitions, logger, now: Date.now },
      ...{ framesTail: framesTail.get, eventsTail: eventsTail.get, streams: openStreams },
      history: makeEventHistory(kafka, topics.events),
      maxBacklog: config.sseMaxBacklog,
      pages: makeByteLimiter(config.answerMaxBytes),
      monitoring: config.monitoring,
      commandWaitMs: config.commandWaitMs,
      pingMs: config.ssePingMs,
      stallMs: config.sseStallMs,
    });
    const { consoleTenant, oidcIssuer: issuer, oidcClientId: clientId, oidcScope: scope, oidcAudience } = config;
    const { gatewayHeaders = false } = serverOptions(config);
    await addConsole(app, {
      gatewayHeaders,
      tenantId: consoleTenant ?? null,
      oidc:
        issuer === undefined || clientId === undefined
          ? null
          : { issuer, clientId, scope, audience: oidcAudience ?? null },
    });
  }
  await app.listen({ port: config.port, host: config.host });
  logger.info({ port: config.port }, 'ready');
  return {
    close: async () => {
      await openStreams.drain();
      await app.close();
      await framesTail.close();
      await eventsTail.close();
      await progress.close();
      await Promise.all([readPool.end(), statePool.end()]);
      await kafka.close();
    },
  };
}
