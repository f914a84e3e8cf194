import { topicNames, writeAs } from '@flowplane/contracts';
import { kafkaConfig, stateDatabaseUrl } from '@flowplane/plumbing/config';
import { openEventTopics } from '@flowplane/runtime/event-topics';
import { CONTENT_MIGRATIONS, makeContentStore, type ContentStore } from '@flowplane/runtime/content-store';
import {
  connectKafka,
  makeBatchProducer,
  type BatchProducer,
  makeTopicPublisher,
  topicLayouts,
} from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { pause } from '@flowplane/plumbing/periodic';
import { ensureDatabase, makePool, migrate } from '@flowplane/plumbing/postgres';
import { RUN_PACE } from '@flowplane/runtime/pace';
import type { OpenProgress } from '@flowplane/runtime/read-model';
import { makeSecretStore, openMasterKeys } from '@flowplane/runtime/secrets';
import { logProbe, makeReadiness, storeProbe } from '@flowplane/plumbing/readiness';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { queueMetrics } from '@flowplane/plumbing/threads';
import { assertEngineAccess, engineTarget } from '../shared/temporal-connection.js';
import type { WorkerConnection } from '../shared/worker-connection.js';
import { makeFaultPoints } from '../shared/fault-points.js';
import { progressOnDemand } from '../shared/progress-on-demand.js';
import { makePayloadCodec, patientStore } from '../shared/codec/index.js';
import { makeDispatch } from '../tasks/dispatch.js';
import { makeEcho } from '../tasks/echo.js';
import { openTasks } from '../tasks/open-tasks.js';
import type { TaskHandler } from '../tasks/task-handler.js';
import { makeAttemptTelemetry } from './activities/attempt-telemetry.js';
import { openAdmission } from './admission/open-admission.js';
import { makeDispatchTask } from './activities/dispatch-task.js';
import { makeSharedPlaces } from './activities/shared-places.js';
import { openProvisioning } from '../provisioning/open-provisioning.js';
import type { InterpreterConfig } from './config.js';
import { makeEvaluateExpression } from './expressions/evaluate-expression.js';
import { makeExpressionPool } from './expressions/expression-pool.js';
import { makeActivityFrames } from './frames/activity-frames.js';
import { makeAttemptMemory } from './frames/attempt-memory.js';
import { makeFrameEmitter } from './frames/frame-emitter.js';
import { makeTaskLog } from './frames/task-log.js';
import { makeUntilKept } from './frames/until-kept.js';
import { makeFrameSinks } from './frames/workflow-sinks.js';
import { runInterpreterWorker, type InterpreterWorker } from './interpreter-worker.js';
import { makePublishedFlows } from './sub-flows/published-flows.js';
import { makeSubFlowActivities } from './sub-flows/sub-flow-activities.js';

const MAX_PENDING_FRAMES = 20_000;
/** How long frames wait for brokers that are away. */
const KEEP_FRAMES_MS = 10 * 60_000;
/** How long a worker that stops waits until the log has the last ones. */
const LAST_FRAMES_MS = 3000;

export type Interpreter = Pick<InterpreterWorker, 'close'> & {
  /** Dependencies that do not answer now; without the engine a worker has no work. */
  readonly missing: () => Promise<readonly string[]>;
};

export type InterpreterParts = {
  readonly config: InterpreterConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly workflowBundle: { readonly code: string };
  /** The compiled expression thread, where it does not lie beside its pool. */
  readonly threadFile?: URL;
  /** Handlers of types that are no part of the product, see `registerTaskType`. */
  readonly moreTasks?: ReadonlyMap<string, TaskHandler>;
  /** Where an executor of the same process finds the connection to the engine. */
  readonly connection?: WorkerConnection | undefined;
  readonly openProgress?: OpenProgress | undefined;
};

/**
 * Opens what the interpreter needs (content store, runs topic, expression threads) and runs its worker.
 *
 * @throws when log, stores or configuration cannot be used, or the engine refuses us; one that is down is waited for
 */
export async function openInterpreter({ config, logger, ...parts }: InterpreterParts): Promise<Interpreter> {
  const stateUrl = stateDatabaseUrl(config.readDbUrl, config.stateDbUrl);
  await ensureDatabase(config.readDbUrl);
  await ensureDatabase(stateUrl);
  const pool = makePool(stateUrl, { max: 10, applicationName: 'worker', logger });
  await migrate(pool, CONTENT_MIGRATIONS);
  const store = makeContentStore(pool);
  const readPool = makePool(config.readDbUrl, { max: 4, applicationName: 'worker', logger });

  writeAs(config.writeAs);
  const kafka = await connectKafka(kafkaConfig(config, 'worker'), logger);
  const { runs: topic, commands: commandsTopic } = topicNames(config.topicPrefix);
  await topicLayouts(kafka, [topic, commandsTopic]); // brokers that refuse us are a fault now, not a warning for ever
  const target = engineTarget(config);
  await assertEngineAccess(target, config.namespace);
  const producer = makeBatchProducer(kafka, {
    topic,
    maxPending: MAX_PENDING_FRAMES,
    pace: RUN_PACE,
    deliveryTimeoutMs: KEEP_FRAMES_MS,
  });
  const inlineMaxBytes = config.payloadInlineMaxBytes;
  const emitter = frameEmitter({ config, logger, ...parts }, producer, store);
  const attempts = makeAttemptMemory();
  const openLog = makeTaskLog(emitter, { maxLines: config.taskLogMaxLines, maxBytes: config.taskLogMaxBytes });

  const expressions = expressionPool({ config, logger, ...parts });
  const token = { secret: config.tokenSecret, maxTtlMs: config.tokenTtlMs, now: Date.now };
  const progress = progressOnDemand(readPool, config.readDbUrl, parts.openProgress);
  const secrets = makeSecretStore(pool, openMasterKeys(config, logger));
  const admission = openAdmission({
    ...{ config, kafka, commandsTopic, readPool, logger, metrics: parts.metrics },
    progress: progress.open,
  });
  const stateDb = { statePool: pool, stateDbUrl: stateUrl };
  const provisioning = await openProvisioning({ config, kafka, commandsTopic, ...stateDb, secrets, token, logger });
  const publisher = makeTopicPublisher(kafka, { replicationFactor: config.replicationFactor });
  const eventTopics = await openEventTopics({ ...{ statePool: pool, readPool, kafka }, limit: config.maxEventTopics });
  const tasks = await openTasks({
    ...{ config, token, logger, secrets, eventTopics, readPool },
    ...{ statePool: pool, progress: progress.open, publish: publisher.publish },
  });
  const dispatch = makeDispatch({
    token,
    maxIoBytes: config.maxTaskIoBytes,
    handlers: new Map([...tasks.handlers, ...(parts.moreTasks ?? [])]),
    echo: config.echoTasks ? makeEcho(config.echoDelayMs) : undefined,
  });
  const worker = runInterpreterWorker({
    target,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: parts.workflowBundle,
    activities: {
      dispatchTask: makeDispatchTask(dispatch, makeAttemptTelemetry(parts.metrics, logger), openLog, logger),
      evaluateExpression: makeEvaluateExpression(expressions),
      admit: admission.admit,
      ...provisioning.activities,
      ...makeSubFlowActivities({ flows: makePublishedFlows(readPool), tokenSecret: config.tokenSecret }),
    },
    dataConverter: { payloadCodecs: [makePayloadCodec({ store: patientStore(store), inlineMaxBytes })] },
    sinks: makeFrameSinks(emitter, attempts),
    interceptors: {
      // The first one is asked first: an attempt that is moved has no frames.
      activity: [
        makeSharedPlaces(config.taskQueue, config.maxActivities, parts.metrics),
        makeActivityFrames(
          emitter,
          attempts,
          makeUntilKept(unrecordedEnds(parts.metrics, logger)),
          config.faultPoint && makeFaultPoints(config.faultPoint, config.faultAfter),
        ),
      ],
    },
    maxActivities: config.maxActivities,
    maxOverflowActivities: config.maxOverflowActivities,
    maxWorkflowTasks: config.maxWorkflowTasks,
    maxCachedWorkflows: config.maxCachedWorkflows,
    shared: parts.connection,
    logger,
  });
  return {
    missing: makeReadiness({
      log: [logProbe(kafka, topic)],
      store: [storeProbe(pool), storeProbe(readPool)],
      engine: [() => Promise.resolve(worker.isReady())],
    }),
    close: async () => {
      await worker.close();
      await admission.close();
      await provisioning.close();
      await expressions.close();
      await tasks.close();
      await progress.close();
      await publisher.close();
      await Promise.race([emitter.drained(), pause(LAST_FRAMES_MS, undefined, false)]);
      await producer.close();
      await kafka.close();
      await Promise.all([pool.end(), readPool.end()]);
    },
  };
}

function frameEmitter({ config, logger, metrics }: InterpreterParts, producer: BatchProducer, store: ContentStore) {
  const dropped = metrics.counter({
    name: 'flows_frames_dropped_total',
    help: 'Frames of runs that could not be handed to the log; the closing table of the run repairs them.',
  });
  return makeFrameEmitter({
    ...{ producer, store, patientStore: patientStore(store), partitions: config.partitions },
    maxPending: MAX_PENDING_FRAMES,
    inlineMaxBytes: config.payloadInlineMaxBytes,
    onDropped: (count, cause) => {
      dropped.inc(count);
      logger.debug({ err: cause, count }, 'frames were dropped');
    },
  });
}

/** Counts ends of tasks that the engine has before the log does. */
function unrecordedEnds(metrics: Metrics, logger: Logger): () => void {
  const unrecorded = metrics.counter({
    name: 'flows_task_ends_unrecorded_total',
    help: 'Ends of tasks that went to the engine although the log had not taken them in time.',
  });
  return () => {
    unrecorded.inc();
    logger.debug('the log did not take the end of a task in time');
  };
}

function expressionPool({ config, logger, metrics, threadFile }: InterpreterParts) {
  return makeExpressionPool({
    threads: config.exprThreads,
    timeoutMs: config.exprTimeoutMs,
    limits: { maxLength: config.exprMaxLength, maxInputBytes: config.maxTaskIoBytes },
    logger,
    observer: queueMetrics(metrics, 'expressions'),
    ...(threadFile === undefined ? {} : { threadFile }),
  });
}
