import { topicNames } from '@flowplane/contracts';
import { CONTENT_MIGRATIONS, makeContentStore } from '@flowplane/runtime/content-store';
import { connectKafka } from '@flowplane/plumbing/kafka';
import { makePool, migrate } from '@flowplane/plumbing/postgres';
import { openProgress } from '@flowplane/runtime/read-model';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePayloadCodec } from '../../src/shared/codec/index.js';
import { readExecutorConfig } from '../../src/executor/config.js';
import { makeTemporalEngine } from '../../src/executor/engine/temporal-engine.js';
import { startExecutor } from '../../src/executor/executor.js';
import { EXECUTOR_MIGRATIONS } from '../../src/executor/state/migrations.js';
import { runLimitsOf } from '../../src/shared/run-limits.js';
import type { WorkerConnection } from '../../src/shared/worker-connection.js';

const silent = makeLogger({ service: 'trial', level: process.env['LOG_LEVEL'] ?? 'silent' });

const rethrow = (cause: unknown): void => {
  throw cause instanceof Error ? cause : new Error(String(cause));
};

export type TestExecutor = {
  readonly close: () => Promise<void>;
  /** Values of a counter, by those of its labels, with a comma between. */
  readonly counted: (name: string) => Promise<Readonly<Record<string, number>>>;
};

/**
 * An executor inside the test's process, wired as its main does.
 *
 * @param fatal what happens instead of the end of the process
 * @param workerConnection of a worker in the same process
 * @returns ends it
 */
export async function runExecutor(
  env: Readonly<Record<string, string>>,
  fatal: (cause: unknown) => void = rethrow,
  workerConnection?: Pick<WorkerConnection, 'current'>,
): Promise<TestExecutor> {
  const config = readExecutorConfig(env);
  const kafka = await connectKafka({ brokers: config.kafkaBrokers, clientId: 'executor' }, silent);
  const statePool = makePool(config.stateDbUrl ?? '', { max: 4, applicationName: 'executor' });
  await migrate(statePool, CONTENT_MIGRATIONS);
  await migrate(statePool, EXECUTOR_MIGRATIONS);
  const readPool = makePool(config.readDbUrl, { max: 4, applicationName: 'executor' });
  const progress = openProgress(readPool, config.readDbUrl);
  const store = makeContentStore(statePool);
  const codecs = [makePayloadCodec({ store, inlineMaxBytes: config.payloadInlineMaxBytes, onMissing: 'mark' })];
  const engine = makeTemporalEngine({
    target: { address: config.temporalAddress, tls: false },
    namespace: config.temporalNamespace,
    taskQueue: config.temporalTaskQueue,
    dataConverter: { payloadCodecs: codecs },
    maxConcurrentCalls: config.engineConcurrency,
    workerConnection,
    logger: silent,
  });
  const metrics = makeMetrics();
  const executor = startExecutor({
    ...{ kafka, readPool, statePool, progress, engine, codecs, store, logger: silent, metrics },
    topics: topicNames(config.topicPrefix),
    partitions: config.partitions,
    groupId: `${config.topicPrefix}flowplane-executor`,
    groupSessionMs: config.groupSessionMs,
    taskQueue: config.temporalTaskQueue,
    engineScope: `${config.temporalNamespace}/${config.temporalTaskQueue}`,
    tokenSecret: config.tokenSecret,
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
    atFaultPoint: () => undefined,
    fatal,
  });
  return {
    counted: async (name) => {
      const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
      return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(), value]));
    },
    close: async () => {
      await executor.close();
      await progress.close();
      await engine.close();
      await Promise.all([readPool.end(), statePool.end()]);
      await kafka.close();
    },
  };
}
