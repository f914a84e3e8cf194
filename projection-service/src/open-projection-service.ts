import { TOPICS, topicNames } from '@flowplane/contracts';
import { configuredQuotas } from '@flowplane/runtime/quotas';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { CONTENT_MIGRATIONS, makeContentStore } from '@flowplane/runtime/content-store';
import { openAccess, openSecretKeys } from '@flowplane/runtime/identity';
import { buildServer } from '@flowplane/plumbing/http';
import { makeAnswerLimiter, prepareFlowRoutes, serverOptions, templateAccess } from '@flowplane/runtime/api';
import { connectKafka, ensureTopics, type SharedTails } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { assertServerVersion, ensureDatabase, makePool, migrate } from '@flowplane/plumbing/postgres';
import { connectionKinds, LIVE_SCHEMA, openProgress, type OpenProgress } from '@flowplane/runtime/read-model';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makeWorkspaceBackends, TASK_BACKEND_MIGRATIONS } from '@flowplane/runtime/task-backends';
import { openClusterState, PROVISIONING_MIGRATIONS } from '@flowplane/runtime/provisioning';
import { makeTenantWorkspaces, migrateTenancy } from '@flowplane/runtime/tenancy';
import { addQueryRoutes, addTemplateQueryRoutes } from './app.js';
import type { ProjectionServiceConfig } from './config.js';
import { observeProjections } from './metrics.js';
import { openProjections } from './open-projections.js';
import type { Dependency } from './runner/run-projection.js';
import { makeScheduleRefusals } from './store/schedule-refusals.js';
import { makePendingCommands } from './queries/pending-commands.js';
import { addSchemaRoutes } from './queries/schemas.js';
import { openWritePool, PUBLISHER_MIGRATIONS, PUBLISHER_SCHEMA, readModelMigrations } from './read-model.js';
import { startRetention } from './retention/remove-expired.js';

/** What the service shares with others of its process. */
export type ProjectionServicePorts = {
  readonly openProgress?: OpenProgress | undefined;
  readonly tails?: SharedTails | undefined;
};

export async function openProjectionService(
  config: ProjectionServiceConfig,
  host: HostProcess,
  ports: ProjectionServicePorts = {},
): Promise<Running> {
  const { logger, fatal } = host;
  const metrics = makeMetrics();
  const { topicPrefix, partitions, replicationFactor } = config;
  const topics = topicNames(topicPrefix);
  const kafka = await connectKafka(kafkaConfig(config, 'projection-service'), logger, ports.tails);
  const specs = Object.values(TOPICS).map((spec) => ({ ...spec, name: topicPrefix + spec.name }));
  await ensureTopics(kafka, specs, { partitions, replicationFactor });
  const stores = await openStores(config, logger);
  const progress = (ports.openProgress ?? openProgress)(stores.readPool, config.readDbUrl);
  const projections = openProjections({
    kafka,
    topics,
    topicPrefix,
    partitions,
    sessionTimeoutMs: config.groupSessionMs,
    writePool: stores.writePool,
    publisherPool: stores.publisherPool,
    onProgress: progress.hear,
    metrics,
    logger,
    onFatal: (cause) => fatal(cause, 'a projection cannot go on'),
  });
  observeProjections(metrics, projections.runs, stores.readPool, logger);
  const retention = startRetention(stores.writePool, config, config.retentionIntervalMs, logger);
  const clusterState = await openClusterState({
    ...{ pool: stores.statePool, env: host.env },
    url: stateDatabaseUrl(config.readDbUrl, config.stateDbUrl),
  });

  const everyProjectionReaches = (dependency: Dependency) => () =>
    Promise.resolve(projections.runs.every((run) => run.missing() !== dependency));
  const missing = makeReadiness({
    log: [logProbe(kafka, topics.events), everyProjectionReaches('log')],
    store: [storeProbe(stores.readPool), storeProbe(stores.statePool), everyProjectionReaches('store')],
  });
  const searches = metrics.counter({
    name: 'flows_command_searches_total',
    help: 'Searches of a commands partition for commands that are not decided yet.',
  });
  const answers = makeAnswerLimiter(config);
  const app = buildServer({ logger, metrics, ...serverOptions(config), missing });
  prepareFlowRoutes(app);
  addSchemaRoutes(app);
  if (config.enabled) {
    const access = openAccess(config, stores.statePool, logger);
    const templates = templateAccess(access, config, clusterState.settings);
    addTemplateQueryRoutes(app, templates, {
      ...{ pool: stores.readPool, progress, partitions, commandWaitMs: config.commandWaitMs },
      ...{ answers, cluster: clusterState.cluster },
    });
    addQueryRoutes(app, access, {
      ...config,
      pool: stores.readPool,
      progress,
      answers,
      contentStore: makeContentStore(stores.statePool),
      workspaces: makeTenantWorkspaces(stores.statePool),
      registry: access.registry,
      templates,
      pending: makePendingCommands({
        ...{ kafka, partitions, pool: stores.readPool },
        commandsTopic: topics.commands,
        onScan: () => searches.inc(),
      }),
      quotas: configuredQuotas(config),
      schedulingEnabled: config.temporalAddress !== undefined,
      scheduleRefusals: makeScheduleRefusals(stores.statePool),
      secretKeys: openSecretKeys(config, logger),
      backends: makeWorkspaceBackends({
        statePool: stores.statePool,
        connectionsOf: (workspace) => connectionKinds(stores.readPool, workspace),
      }),
    });
  }
  await app.listen({ port: config.port, host: config.host });
  logger.info({ port: config.port }, 'ready');
  return {
    close: async () => {
      await app.close();
      await progress.close();
      await clusterState.close();
      await retention.close();
      await projections.close();
      await stores.close();
      await kafka.close();
    },
  };
}

/** Searches fold upper and lower case alike whatever locale the database has, by `pg_c_utf8`. */
const LEAST_POSTGRES = 17;

async function openStores(config: ProjectionServiceConfig, logger: Logger) {
  const stateDbUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateDbUrl);
  const writePool = openWritePool(config.readDbUrl, LIVE_SCHEMA, 6);
  const readPool = makePool(config.readDbUrl, {
    max: 16,
    applicationName: 'projection-service reads',
    schema: LIVE_SCHEMA,
  });
  const statePool = makePool(stateDbUrl, { max: 4, applicationName: 'projection-service' });
  const publisherPool = makePool(stateDbUrl, { max: 2, applicationName: 'audit publisher', schema: PUBLISHER_SCHEMA });
  await assertServerVersion(writePool, LEAST_POSTGRES);
  await migrate(writePool, readModelMigrations(LIVE_SCHEMA), logger);
  await migrate(statePool, CONTENT_MIGRATIONS);
  await migrate(statePool, PUBLISHER_MIGRATIONS);
  await migrateTenancy(statePool);
  await migrate(statePool, PROVISIONING_MIGRATIONS);
  await migrate(statePool, TASK_BACKEND_MIGRATIONS);
  const pools = [writePool, readPool, statePool, publisherPool];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.end()));
  };
  return { writePool, readPool, statePool, publisherPool, close };
}
