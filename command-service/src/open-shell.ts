import { type TopicName } from '@flowplane/contracts';
import { openSecretKeys } from '@flowplane/runtime/identity';
import {
  decideCommand,
  endAbandonedCommands,
  makeDenialRecorder,
  makeFollowedFlows,
  openCommandLog,
  type DenialRecorder,
} from '@flowplane/runtime/commands';
import { makeContentStore } from '@flowplane/runtime/content-store';
import { openEventTopics } from '@flowplane/runtime/event-topics';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { makeAnswerLimiter } from '@flowplane/runtime/api';
import { configuredCommandLimits, makeCommandRates, makeQuotaEvaluator } from '@flowplane/runtime/quotas';
import type { ClusterState } from '@flowplane/runtime/provisioning';
import {
  connectionKinds,
  foreignSecrets,
  hasCaughtUp,
  keptDelivery,
  registeredWebhooks,
  setQuotas,
  stored,
  type OpenProgress,
} from '@flowplane/runtime/read-model';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { queueMetrics } from '@flowplane/plumbing/threads';
import { makeWorkspaceBackends } from '@flowplane/runtime/task-backends';
import { makeKeyChanges, makeSecretStore, openMasterKeys, type KeyChanges } from '@flowplane/runtime/secrets';
import type { WorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { CommandServiceConfig } from './config.js';
import type { ForeignSecrets } from './routes/operator/rewrap-route.js';
import { makeTeardownFaultPoints } from './routes/operator/teardown/fault-points.js';
import { makeTeardownStore } from './routes/operator/teardown/teardown-store.js';
import { makeTeardowns, type Teardowns } from './routes/operator/teardown/teardowns.js';
import { sweepUnusedSecrets } from './secrets/sweep-secrets.js';
import { openWorkspaces } from './submit/open-workspaces.js';
import { makeCommandReads } from './reads/command-reads.js';
import { makeDefinitionChecker } from './routes/flows/definition-checker.js';
import type { ShellContext } from './routes/shell-context.js';
import { openTemplates } from './routes/templates/open-templates.js';
import type { TemplateContext } from './routes/templates/template-context.js';
import { makeReadTopicEnds, type RegistrationPorts } from './routes/flows/trigger-registrations.js';
import { makeStartWarnings } from './routes/executions/start-warnings.js';
import { makeQuotaChecks } from './routes/executions/quota-checks.js';
import { makeRunReads } from './reads/run-reads.js';
import { makeWebhookSecrets, type WebhookSecrets } from './webhook-secrets.js';

export type Shell = {
  readonly context: ShellContext & { readonly foreignSecrets: ForeignSecrets; readonly keyChanges: KeyChanges };
  readonly templates: ShellContext & TemplateContext;
  readonly denials: DenialRecorder;
  readonly teardowns: Teardowns;
  /** Asked here, what nobody owns is free for certain. */
  readonly owners: WorkspaceOwners;
  /** Dependencies that are not reachable now. */
  readonly missing: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

type ShellParts = {
  readonly config: CommandServiceConfig;
  readonly kafka: KafkaClient;
  readonly topics: Readonly<Record<TopicName, string>>;
  /** Group of the deciders, whose progress bounds what may be appended. */
  readonly deciderGroupId: string;
  readonly owners: WorkspaceOwners;
  /** Of the state database. */
  readonly statePool: Pool;
  readonly clusterState: ClusterState;
  readonly openProgress: OpenProgress | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

export async function openShell(options: ShellParts): Promise<Shell> {
  const { config, kafka, topics, logger } = options;
  const readPool = makePool(config.readDbUrl, { max: 16, applicationName: 'command-service' });
  const flows = makeFollowedFlows();
  const log = await openCommandLog({
    ...{ kafka, topics, readPool, logger, deciderGroupId: options.deciderGroupId, service: 'command-service' },
    partitions: config.partitions,
    readDbUrl: config.readDbUrl,
    openProgress: options.openProgress,
    maxLagMs: config.maxLagMs,
    maxPendingCommands: config.maxPendingCommands,
    flows,
  });
  const rates = makeCommandRates(configuredCommandLimits(config), () => performance.now());
  log.tail.onEvent((event) => {
    if (event.type === 'TenantQuotasSet') rates.set(event.meta.tenantId, event.data.quotas);
    else if (event.type === 'TenantPurged') rates.set(event.meta.tenantId, []);
  });
  for (const { tenantId, quotas } of await setQuotas(readPool)) rates.set(tenantId, quotas);
  const { statePool, owners } = options;
  const eventsTopic = topics.events;
  const workspaces = openWorkspaces({ config, owners, kafka, eventsTopic, log, statePool, readPool, logger });
  const abandoned = endAbandonedCommands({
    ...{ kafka, topics, log, logger },
    pool: readPool,
    graceMs: config.staleGraceMs,
  });
  const { quotaEnforceUrl: url, quotaTimeoutMs: timeoutMs } = config;
  const { metrics } = options;
  const evaluator = url === undefined ? undefined : makeQuotaEvaluator({ url, timeoutMs, logger, metrics });
  const denials = makeDenialRecorder({ log, logger, metrics });
  const checker = makeDefinitionChecker({
    rules: config,
    threads: config.validationThreads,
    timeoutMs: config.validationTimeoutMs,
    logger,
    observer: queueMetrics(metrics, 'definition-checks'),
  });

  const secrets = makeWebhookSecrets(openSecretKeys(config, logger));

  const answers = makeAnswerLimiter(config);
  const masterKeys = openMasterKeys(config, logger);
  const reads = makeCommandReads(readPool, secrets, answers);
  const backends = makeWorkspaceBackends({
    statePool,
    connectionsOf: (workspace) => connectionKinds(readPool, workspace),
  });
  const context: Shell['context'] = {
    ...log,
    rates,
    ...{ reads, flows, backends, owners: workspaces.owners },
    startWarnings: makeStartWarnings({ versionOf: reads.versionOf, backends }),
    runs: makeRunReads(readPool, makeContentStore(options.statePool), answers, config.runRetentionMs, Date.now),
    quotas: makeQuotaChecks(evaluator, readPool),
    lenientSignals: config.lenientSignals,
    rules: config,
    checker,
    commandWaitMs: config.commandWaitMs,
    secrets,
    deliveryOf: (call, delivery) =>
      stored(keptDelivery(readPool, call, delivery, new Date(Date.now() - config.runRetentionMs))),
    foreignSecrets: (keyId) => foreignSecrets(readPool, keyId),
    keyChanges: makeKeyChanges(options.statePool, masterKeys),
    registering: await openRegistering(options, readPool, secrets),
    webhookRotationGraceMs: config.webhookRotationGraceMs,
    claimWorkspace: workspaces.claim,
    secretStore: makeSecretStore(statePool, masterKeys),
    maxConnections: config.maxConnections,
    cluster: options.clusterState.cluster,
  };
  const templates = openTemplates(context, { readPool, maxRunWaitMs: config.maxRunWaitMs });
  const isCaughtUp = (): Promise<boolean> => hasCaughtUp({ ...log, kafka, topic: topics.events });
  const sweep = sweepUnusedSecrets({ readPool, statePool, logger, isCaughtUp });
  const teardowns = makeTeardowns({
    ...{ readPool, statePool: options.statePool, content: makeContentStore(options.statePool), logger },
    store: makeTeardownStore(options.statePool),
    decide: (command, signal) => decideCommand(log, command, signal),
    atFaultPoint: makeTeardownFaultPoints(config.teardownFaultPoint, config.nodeEnv),
  });
  return {
    context,
    templates,
    denials,
    teardowns,
    owners: workspaces.owners,
    missing: makeReadiness({
      log: [logProbe(kafka, topics.commands), () => Promise.resolve(log.healthy())],
      store: [storeProbe(readPool), storeProbe(options.statePool)],
    }),
    close: async () => {
      await teardowns.close();
      await sweep.close();
      await checker.close();
      await denials.close();
      await abandoned.close();
      await workspaces.close();
      await log.close();
      await readPool.end();
    },
  };
}

async function openRegistering(
  { config, kafka, statePool, logger }: ShellParts,
  readPool: Pool,
  secrets: WebhookSecrets,
): Promise<RegistrationPorts> {
  const eventTopics = await openEventTopics({ statePool, readPool, kafka, limit: config.maxEventTopics });
  await eventTopics.adopt();
  return {
    webhooksOf: (call, flowId) => stored(registeredWebhooks(readPool, call, flowId)),
    secrets,
    topicEnds: makeReadTopicEnds(kafka, config.replicationFactor),
    eventTopics,
    logger,
  };
}
