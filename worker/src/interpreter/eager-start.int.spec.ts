import { randomUUID } from 'node:crypto';
import type { FlowDefinition } from '@flowplane/contracts';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { until } from '@flowplane/plumbing/test/kafka';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { interpreterConfig } from './config.js';
import { openInterpreter, type Interpreter } from './open-interpreter.js';
import { makeWorkflowBundle } from './workflow-bundle.js';
import { makeWorkerConnection, type WorkerConnection } from '../shared/worker-connection.js';

const FLOW: FlowDefinition = {
  apiVersion: 'v1.0',
  name: 'trial',
  nodes: [{ id: 'pause', type: 'wait', duration: 'PT1H' }],
};

let trial: Trial;
let workflowBundle: Awaited<ReturnType<typeof makeWorkflowBundle>>;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  trial = await startTrial();
  await trial.publish('F', FLOW);
  workflowBundle = await makeWorkflowBundle(new URL('./workflow/index.ts', import.meta.url));
}, 120_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => trial.end());

async function openWorker(connection: WorkerConnection): Promise<Interpreter> {
  const interpreter = await openInterpreter({
    config: interpreterConfig({ ...trial.env, NODE_ENV: 'test' }),
    logger: makeLogger({ service: 'trial', level: process.env['LOG_LEVEL'] ?? 'silent' }),
    metrics: makeMetrics(),
    workflowBundle,
    threadFile: new URL('../../dist/interpreter/expressions/expression-thread.js', import.meta.url),
    connection,
  });
  await until('the worker', async () => (await interpreter.missing()).length === 0);
  return interpreter;
}

async function openExecutor(connection: Pick<WorkerConnection, 'current'>): Promise<void> {
  const executor = await runExecutor(trial.env, undefined, connection);
  closers.push(executor.close);
}

async function request(executionId = `T:W:F:${randomUUID()}`): Promise<string> {
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', {
    ...{ flowId: 'F', executionId, version: 1, input: '{}', triggerType: 'manual', labels: '{}' },
    ...{ retriedFrom: null, retryFrom: null, trigger: null },
  });
  await trial.projected(at.partition, at.offset + 1);
  return executionId;
}

const historyOf = async (executionId: string) => {
  const { events } = await trial.temporal.workflow
    .getHandle(executionId)
    .fetchHistory()
    .catch(() => ({ events: [] }));
  return events ?? [];
};
/** Whether the engine gave the first workflow task of a run with the answer to its start. */
const wasEager = (executionId: string): Promise<boolean> =>
  until('the start', async () => {
    const [first] = await historyOf(executionId);
    return first && { is: first.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true };
  }).then(({ is }) => is);
/** A worker has had the run. */
const waits = (executionId: string): Promise<boolean> =>
  until('the wait', async () => (await historyOf(executionId)).some((event) => event.timerStartedEventAttributes));

it('a worker in the same process gets the first workflow task of a run with its start, once', async () => {
  const connection = makeWorkerConnection();
  const worker = await openWorker(connection);
  closers.push(worker.close);
  await openExecutor(connection);
  const executionId = await request();
  await request(executionId);
  expect(await wasEager(executionId)).toBe(true);
  await waits(executionId);
  const reports = async (): Promise<number> =>
    (await trial.commands()).filter(({ data }) => 'executionId' in data && data.executionId === executionId).length;
  await until('both reports', async () => (await reports()) === 2);
  const listed = async () => (await trial.temporal.workflow.count(`WorkflowId = '${executionId}'`)).count;
  await until('visibility', async () => (await listed()) === 1);
});

it('without the worker a run is started all the same, and waits for one', async () => {
  const connection = makeWorkerConnection();
  const first = await openWorker(connection);
  expect(connection.current()).toBeDefined();
  await first.close();
  expect(connection.current()).toBeUndefined();
  await openExecutor(connection);
  const executionId = await request();
  expect(await wasEager(executionId)).toBe(false);

  const second = await openWorker(connection);
  closers.push(second.close);
  await waits(executionId);
  const next = await request();
  expect(await wasEager(next)).toBe(true);
  await waits(next);
});

it('over a connection whose worker has no place for it, a run is started to be polled for', async () => {
  const connection = await NativeConnection.connect({ address: trial.env['TEMPORAL_ADDRESS'] ?? '' });
  closers.push(() => connection.close());
  await openExecutor({ current: () => connection });
  const executionId = await request();
  expect(await wasEager(executionId)).toBe(false);
  const worker = await openWorker(makeWorkerConnection());
  closers.push(worker.close);
  await waits(executionId);
});
