import { TOPICS, topicNames, writeAs } from '@flowplane/contracts';
import { deciderGroup } from '@flowplane/runtime/commands';
import { configuredQuotas } from '@flowplane/runtime/quotas';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { buildServer } from '@flowplane/plumbing/http';
import { prepareFlowRoutes, serverOptions, templateAccess } from '@flowplane/runtime/api';
import { connectKafka, ensureTopics, type SharedTails } from '@flowplane/plumbing/kafka';
import { makeApiKeys, openAccess } from '@flowplane/runtime/identity';
import { ensureDatabase, makePool, migrate } from '@flowplane/plumbing/postgres';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import type { OpenProgress } from '@flowplane/runtime/read-model';
import { openClusterState, PROVISIONING_MIGRATIONS } from '@flowplane/runtime/provisioning';
import { TASK_BACKEND_MIGRATIONS } from '@flowplane/runtime/task-backends';
import { SECRET_MIGRATIONS } from '@flowplane/runtime/secrets';
import { makeWorkspaceOwners, migrateTenancy } from '@flowplane/runtime/tenancy';
import { addTeardownRoute } from './routes/operator/teardown-route.js';
import { addOperatorRoutes } from './routes/operator/operator-routes.js';
import { addRewrapRoute } from './routes/operator/rewrap-route.js';
import { addTenantKeyRoutes } from './routes/operator/tenant-keys-route.js';
import { addCommandRoutes } from './app.js';
import type { CommandServiceConfig } from './config.js';
import { COMMAND_MIGRATIONS } from './migrations.js';
import { startDecider } from './leadership/group.js';
import { addClusterSettingsRoutes } from './routes/templates/cluster-settings-route.js';
import { executionsDisabled } from './routes/executions/execution-routes.js';
import { schedulingDisabled } from './routes/schedules/schedule-routes.js';
import { openShell } from './open-shell.js';
import { addTemplateRoutes } from './routes/templates/template-routes.js';

/** What the service shares with others of its process. */
export type CommandServicePorts = {
  readonly openProgress?: OpenProgress | undefined;
  readonly tails?: SharedTails | undefined;
};

export async function openCommandService(
  config: CommandServiceConfig,
  host: HostProcess,
  ports: CommandServicePorts = {},
): Promise<Running> {
  const { logger, fatal } = host;
  writeAs(config.writeAs);
  const metrics = makeMetrics();
  const kafka = await connectKafka(kafkaConfig(config, 'command-service'), logger, ports.tails);
  const specs = [TOPICS.commands, TOPICS.events, TOPICS.runs, TOPICS.deadLetters].map((spec) => ({
    ...spec,
    name: config.topicPrefix + spec.name,
  }));
  await ensureTopics(kafka, specs, { partitions: config.partitions, replicationFactor: config.replicationFactor });
  const stateDbUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateDbUrl);
  const statePool = makePool(stateDbUrl, { max: 8, applicationName: 'command-service' });
  await migrateTenancy(statePool);
  await migrate(statePool, COMMAND_MIGRATIONS);
  await migrate(statePool, SECRET_MIGRATIONS);
  await migrate(statePool, PROVISIONING_MIGRATIONS);
  await migrate(statePool, TASK_BACKEND_MIGRATIONS);
  const owners = makeWorkspaceOwners(statePool);
  const topics = topicNames(config.topicPrefix);

  const deciderGroupId = deciderGroup(config.topicPrefix);
  const closers: (() => Promise<void>)[] = [];
  // Closed in the opposite order: requests under way still have their commands decided.
  if (config.roles.includes('decider')) {
    const decider = await startDecider({
      kafka,
      topics,
      partitions: config.partitions,
      statePool,
      quotas: configuredQuotas(config),
      logger,
      metrics,
      onFatal: (cause) => fatal(cause, 'the decider cannot go on'),
      snapshotIntervalMs: config.snapshotIntervalMs,
      sessionTimeoutMs: config.groupSessionMs,
      memory: config,
      groupId: deciderGroupId,
      env: host.env,
    });
    closers.push(() => decider.close());
  }
  if (config.roles.includes('shell')) {
    const clusterState = await openClusterState({ pool: statePool, url: stateDbUrl, env: host.env });
    closers.push(clusterState.close);
    const shell = await openShell({
      ...{ config, kafka, topics, deciderGroupId, owners, statePool, clusterState, logger, metrics },
      openProgress: ports.openProgress,
    });
    closers.push(shell.close);
    const app = buildServer({ logger, metrics, ...serverOptions(config), missing: shell.missing });
    closers.push(() => app.close());
    prepareFlowRoutes(app);
    if (config.enabled) {
      const access = { ...openAccess(config, statePool, logger), onDenied: shell.denials.record };
      const templates = templateAccess(access, config, clusterState.settings);
      addOperatorRoutes(app, access, { owners: shell.owners, apiKeys: makeApiKeys(statePool) });
      addRewrapRoute(app, access, shell.context);
      addTenantKeyRoutes(app, access, shell.context);
      addTeardownRoute(app, access, shell.teardowns);
      addTemplateRoutes(app, templates, shell.templates);
      addClusterSettingsRoutes(app, templates, { state: clusterState, env: host.env, logger });
      addCommandRoutes(app, access, shell.context, {
        executions: config.temporalAddress === undefined ? executionsDisabled : undefined,
        schedules: config.temporalAddress === undefined ? schedulingDisabled : undefined,
      });
    }
    await app.listen({ port: config.port, host: config.host });
  } else {
    const missing = makeReadiness({ log: [logProbe(kafka, topics.commands)], store: [storeProbe(statePool)] });
    const app = buildServer({ logger, metrics, ...serverOptions(config), missing });
    closers.push(() => app.close());
    await app.listen({ port: config.port, host: config.host });
  }
  logger.info({ port: config.port, roles: config.roles }, 'ready');
  return {
    close: async () => {
      for (const close of closers.reverse()) await close();
      await statePool.end();
      await kafka.close();
    },
  };
}
