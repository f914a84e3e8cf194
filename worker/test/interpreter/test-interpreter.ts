import { randomUUID } from 'node:crypto';
import {
  signEnvelope,
  topicNames,
  workspaceKey,
  type FlowDefinition,
  type FlowNode,
  type Frame,
  type JsonObject,
} from '@flowplane/contracts';
import { makeContentStore } from '@flowplane/runtime/content-store';
import { connectKafka } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { makePayloadCodec } from '../../src/shared/codec/index.js';
import {
  runArguments,
  searchAttributeValues,
  WORKFLOW_TYPE,
  type FailureDetail,
  type RunInput,
  type RunResult,
} from '../../src/shared/run-input.js';
import { runLimitsOf } from '../../src/shared/run-limits.js';
import { setUpEngine } from '../../src/setup/set-up-engine.js';
import { interpreterConfig } from '../../src/interpreter/config.js';
import { openInterpreter, type Interpreter } from '../../src/interpreter/open-interpreter.js';
import type { TaskHandler } from '../../src/tasks/task-handler.js';
import { makeWorkflowBundle } from '../../src/interpreter/workflow-bundle.js';
import { openTestFrames } from './test-frames.js';
import { openTestFlows, type TestFlows } from './test-flows.js';

export const TEST_NAMESPACE = 'flowplane-int';
export const TEST_SECRET = 'only-for-tests-only-for-tests-only-for-tests';
const TENANT = { tenantId: 't1', workspaceId: 'w1', flowId: 'f1', flowVersion: '1' } as const;

export type RunFailure = { readonly code: string; readonly message: string; readonly nodeId: string | null };

/** An interpreter on the real engine, log and store, with databases, topics and task queue of its own. */
export type TestInterpreter = {
  readonly client: Client;
  readonly taskQueue: string;
  /** Environment under which a worker process serves the same runs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @param more what a run may be started with beside its input */
  readonly start: (
    flow: readonly FlowNode[] | FlowDefinition,
    input?: JsonObject,
    more?: Partial<RunInput>,
  ) => Promise<WorkflowHandle>;
  /** Published versions, for sub-flows. */
  readonly flows: TestFlows;
  readonly result: (handle: WorkflowHandle) => Promise<RunResult>;
  readonly failure: (handle: WorkflowHandle) => Promise<RunFailure>;
  /** Replays a run, each of its engine runs. @returns how many these are @throws what tells a replay from its history */
  readonly replay: (handle: WorkflowHandle) => Promise<number>;
  /** Frames of a run, in the order of the log, once `until` holds for them. */
  readonly frames: (handle: WorkflowHandle, until?: (frames: readonly Frame[]) => boolean) => Promise<readonly Frame[]>;
  /** What a counter of the worker stands at. */
  readonly counted: (name: string) => Promise<number>;
  /** Every frame of every run so far. */
  readonly allFrames: () => Promise<readonly Frame[]>;
  /** Closes the worker and opens another one, as a new process would. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: integration tests need the running stack`);
  return value;
};

const MISSING_DATABASE_SAFE = /^[a-z0-9_]+$/;

/** Sources in tests, compiled when histories are recorded. */
function workflowsFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`../../src/interpreter/workflow/index.${extension}`, import.meta.url);
}

/** @param moreTasks handlers of types that the test has registered */
export async function openTestInterpreter(
  settings: Readonly<Record<string, string>> = {},
  moreTasks: ReadonlyMap<string, TaskHandler> = new Map(),
): Promise<TestInterpreter> {
  const unique = randomUUID().slice(0, 8);
  const database = `interpreter_${unique}`;
  const stateUrl = new URL(required('FLOWS_DB_URL'));
  stateUrl.pathname = `/${database}`;
  const address = required('TEMPORAL_ADDRESS');
  const logger = makeLogger({ service: 'test', level: 'warn' });
  const taskQueue = `interpreter-${unique}`;
  const env = {
    ...process.env,
    TEMPORAL_NAMESPACE: TEST_NAMESPACE,
    TEMPORAL_TASK_QUEUE: taskQueue,
    FLOWS_TOPIC_PREFIX: `interpreter-${unique}.`,
    FLOWS_PARTITIONS: '1',
    FLOWS_DB_URL: stateUrl.toString(),
    FLOWS_STATE_DB_URL: stateUrl.toString(),
    FLOW_EXECUTION_TOKEN_SECRET: TEST_SECRET,
    FLOWS_DEV_ECHO_TASKS: '1',
    ...settings,
  };
  const config = interpreterConfig(env);
  await setUpEngine({
    target: { address, tls: false },
    namespace: TEST_NAMESPACE,
    retentionMs: 86_400_000,
    deadline: Date.now() + 30_000,
    logger: { info: () => undefined },
  });
  const kafka = await connectKafka({ brokers: config.kafkaBrokers, clientId: 'test' }, logger);
  const topic = topicNames(config.topicPrefix).runs;
  const frames = await openTestFrames(kafka, topic);

  const workflowBundle = await makeWorkflowBundle(workflowsFile());
  await ensureDatabase(stateUrl.toString());
  const pool = makePool(stateUrl.toString(), { max: 2, applicationName: 'test' });
  const flows = await openTestFlows(pool, TENANT);
  const threadFile = new URL('../../dist/interpreter/expressions/expression-thread.js', import.meta.url);
  let metrics = makeMetrics();
  const open = (): Promise<Interpreter> => {
    metrics = makeMetrics();
    return openInterpreter({ config, logger, metrics, workflowBundle, threadFile, moreTasks });
  };
  let worker: Interpreter | undefined = await open();

  const codec = makePayloadCodec({ store: makeContentStore(pool), inlineMaxBytes: config.payloadInlineMaxBytes });
  const connection = await Connection.connect({ address, channelArgs: { 'grpc.max_receive_message_length': -1 } });
  const client = new Client({ connection, namespace: TEST_NAMESPACE, dataConverter: { payloadCodecs: [codec] } });

  const stop = async (): Promise<void> => {
    await worker?.close();
    worker = undefined;
  };
  return {
    client,
    taskQueue,
    env,
    flows,
    start: (flow, input = {}, more = {}) => {
      const executionId = `${TENANT.tenantId}:${TENANT.workspaceId}:${TENANT.flowId}:${randomUUID()}`;
      const key = workspaceKey(TEST_SECRET, TENANT.tenantId, TENANT.workspaceId);
      const envelope = signEnvelope({ ...TENANT, executionId, keyDerivation: 'hmac-v1' }, key);
      const run: RunInput = { envelope, triggerType: 'manual', input, limits: runLimitsOf(config), ...more };
      const definition = 'nodes' in flow ? flow : { apiVersion: 'v1.0' as const, name: 'test', nodes: flow };
      const values = Object.entries(searchAttributeValues(run)).map(([name, value]) => [name, [value]]);
      return client.workflow.start(WORKFLOW_TYPE, {
        workflowId: executionId,
        taskQueue,
        args: runArguments(run, definition),
        searchAttributes: Object.fromEntries(values) as Record<string, string[]>,
      });
    },
    result: async (handle) => (await handle.result()) as RunResult,
    failure: failureOf,
    replay: (handle) => replayRun(client, { workflowBundle, dataConverter: { payloadCodecs: [codec] } }, handle),
    frames: (handle, until = hasEnding) => frames.of(handle.workflowId, until),
    counted: async (name) => (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value ?? 0,
    allFrames: frames.all,
    restart: async () => {
      await stop();
      worker = await open();
    },
    stop,
    close: async () => {
      await stop();
      await connection.close();
      await frames.close();
      await kafka.close();
      await pool.end();
      await dropDatabase(database);
    },
  };
}

async function replayRun(
  client: Client,
  options: Parameters<typeof Worker.runReplayHistory>[0],
  { workflowId }: WorkflowHandle,
): Promise<number> {
  const handles = [];
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    handles.push(client.workflow.getHandle(workflowId, runId));
  }
  for (const handle of handles) await Worker.runReplayHistory(options, await handle.fetchHistory(), workflowId);
  return handles.length;
}

async function dropDatabase(database: string): Promise<void> {
  if (!MISSING_DATABASE_SAFE.test(database)) return;
  const admin = makePool(required('FLOWS_DB_URL'), { max: 1, applicationName: 'test' });
  await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await admin.end();
}

const failureOf: TestInterpreter['failure'] = async (handle) => {
  const error: unknown = await handle.result().then(
    () => new Error('the run completed'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) throw error as Error;
  const { type, message, details } = error.cause;
  const [detail] = (details ?? []) as readonly FailureDetail[];
  if (detail === undefined) throw new Error(`a failure without details: ${message}`, { cause: error });
  return { code: String(type), message, nodeId: detail.nodeId };
};

const hasEnding = (frames: readonly Frame[]): boolean => frames.some(({ type }) => type === 'RunEnding');

/** `nodeId:status` of node frames, in the order of the log; attempts beyond the first carry their number. */
export function statuses(frames: readonly Frame[], nodeId?: string): readonly string[] {
  return frames.flatMap((frame) => {
    if (frame.type !== 'NodeFrame' || (nodeId !== undefined && frame.data.nodeId !== nodeId)) return [];
    const { status, attemptNumber } = frame.data;
    return [`${frame.data.nodeId}:${status}${attemptNumber > 1 ? `:${attemptNumber}` : ''}`];
  });
}
