import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { planProvision, readTemplate, type Command, type FlowNode, type RunFailure } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { http, subFlow, wait } from '../../test/interpreter/nodes.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));

let trial: Trial;
let upstream: Upstream;
let worker: ChildProcess;
const startWorker = (): void => {
  const env = { PATH: process.env['PATH'], ...trial.env, FLOWS_HTTP_ALLOW_HOSTS: upstream.host };
  worker = spawn(process.execPath, [WORKER], { env, stdio: 'ignore' });
};
const killWorker = async (): Promise<void> => {
  const exited = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exited;
};
beforeAll(async () => {
  upstream = await openUpstream();
  trial = await startTrial();
  startWorker();
}, 120_000);
afterAll(async () => {
  await killWorker();
  await trial.end();
  await upstream.close();
});

const publish = (flowId: string, ...nodes: FlowNode[]): Promise<void> =>
  trial.publish(flowId, { apiVersion: 'v1.0', name: flowId, nodes });

/** Asks for a run, as the log has it. */
async function request(flowId: string, input: object = {}): Promise<string> {
  const executionId = `T:W:${flowId}:${randomUUID()}`;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', {
    ...{ flowId, executionId, version: 1, input: JSON.stringify(input), triggerType: 'manual' },
    ...{ retriedFrom: null, retryFrom: null, trigger: null, labels: '{}' },
  });
  await trial.projected(at.partition, at.offset + 1);
  return executionId;
}

const reported = async (executionId: string, type: string) =>
  (await trial.commands()).find(
    (command) => command.type === type && 'executionId' in command.data && command.data.executionId === executionId,
  );
const untilReported = (executionId: string, type: string) =>
  until(`${type} of ${executionId}`, () => reported(executionId, type), 90_000);

/** Puts what the executor has reported of a run into the log, as the decider would. */
async function decideReportsOf(executionId: string, flowId: string): Promise<void> {
  const about = { flowId, executionId, version: 1 };
  await untilReported(executionId, 'RecordExecutionStarted');
  await trial.log.append(trial.scope, 'ExecutionStarted', { ...about, startedAt: Date.now() });
  await untilReported(executionId, 'RecordExecutionClosed');
  const data = { ...about, status: 'Completed', neverStarted: false, startedAt: null, closedAt: Date.now() } as const;
  await trial.log.append(trial.scope, 'ExecutionClosed', { ...data, result: null, failure: null, nodes: null });
}

/** As the retention of the engine does in time. */
const forgetInEngine = (executionId: string): Promise<unknown> =>
  trial.temporal.workflowService.deleteWorkflowExecution({
    namespace: trial.env['TEMPORAL_NAMESPACE'] ?? '',
    workflowExecution: { workflowId: executionId },
  });
const isForgotten = (executionId: string): Promise<boolean> =>
  trial.temporal.workflow
    .getHandle(executionId)
    .describe()
    .then(
      () => false,
      () => true,
    );

async function failureOf(executionId: string): Promise<RunFailure | null> {
  const report = await untilReported(executionId, 'RecordExecutionClosed');
  return report?.type === 'RecordExecutionClosed' ? report.data.failure : null;
}

describe('a state database that was lost, or restored from an older copy', () => {
  it('starts no run again that the log has as over, though the engine has forgotten it', async () => {
    await publish('done', http('a', upstream.url('/ok/done')));
    const first = await runExecutor(trial.env);
    const ids = [await request('done'), await request('done'), await request('done')];
    for (const id of ids) await decideReportsOf(id, 'done');
    await first.close();
    for (const id of ids) {
      await forgetInEngine(id);
      await until('the engine has forgotten it', () => isForgotten(id), 90_000);
    }
    expect(upstream.count('/ok/done')).toBe(3);

    await trial.statePool.query('UPDATE executor.positions SET next_offset = 0');
    const restored = await runExecutor(trial.env);
    const marker = await request('done');
    await untilReported(marker, 'RecordExecutionClosed');
    expect(upstream.count('/ok/done')).toBe(4);
    await decideReportsOf(marker, 'done');
    await restored.close();

    await trial.statePool.query('TRUNCATE executor.positions, executor.sweeps, content.payloads CASCADE');
    const fatal: unknown[] = [];
    const refused = await runExecutor(trial.env, (cause) => void fatal.push(cause));
    await until('the refusal', () => Promise.resolve(fatal.length > 0));
    expect(String(fatal[0])).toContain('FLOWS_EXECUTOR_FROM_START=1');
    await refused.close();

    const insisting = await runExecutor({ ...trial.env, FLOWS_EXECUTOR_FROM_START: '1' });
    const last = await request('done');
    await untilReported(last, 'RecordExecutionClosed');
    expect(upstream.count('/ok/done')).toBe(5);
    await insisting.close();
  });
});

const TEMPLATES = { tenantId: 'T', workspaceId: '_tpl' };
type TemplateRun = { readonly templateId: string; readonly executionId: string };
const templateRun = (): TemplateRun => {
  const templateId = randomUUID();
  return { templateId, executionId: `T:_tpl:${templateId}:${randomUUID()}` };
};

/** Asks for the provisioning of a template that waits for an hour. */
async function requestProvisioning(run: TemplateRun): Promise<void> {
  const nodes = [{ id: 'waits', type: 'noop', user_inputs: { delay: '1h' } }];
  const read = readTemplate({ name: 'restored', workflows: { provision: { nodes } } });
  if (!read.ok) throw new Error(read.error.message);
  const plan = planProvision(read.value, {}, { workflowId: run.templateId, maxSteps: 50 });
  if (!plan.ok) throw new Error(plan.error.message);
  await trial.log.append(TEMPLATES, 'ProvisioningRequested', {
    ...{ ...run, action: 'provision', templateRevision: 1, taskPollMs: 100 },
    ...{ plan: JSON.stringify(plan.value), template: null, secretIds: [] },
  });
}

const INDEX = {
  ...{ workflow_step_name: 'create_index', workflow_step_id: 'idx' },
  ...{ resource_type: 'index_name', resource_id: 'logs' },
};
const NO_END = { status: 'FAILED', error: 'The engine does not have the run any more.', errorStatus: null };
const requestDeprovisioning = (run: TemplateRun): Promise<unknown> =>
  trial.log.append(TEMPLATES, 'DeprovisioningRequested', {
    ...{ ...run, allowDelete: [], removalTimeoutMs: 10_000, ends: null, resources: [] },
  });
const isKnown = async ({ executionId }: TemplateRun): Promise<boolean> => !(await isForgotten(executionId));
const endsOf = async (type: Command['type'], { executionId }: TemplateRun): Promise<readonly Command['data'][]> =>
  (await trial.commands())
    .filter((command) => command.type === type && 'executionId' in command.data)
    .map(({ data }) => data)
    .filter((data) => 'executionId' in data && data.executionId === executionId);

describe('a run of a template that the log has a step of, after the loss of a state database and of the engine', () => {
  it('is not begun again, and ends as lost; one that the engine has, or that was never begun, goes on', async () => {
    const first = await runExecutor(trial.env);
    const [lost, alive, unbegun, removal] = [templateRun(), templateRun(), templateRun(), templateRun()];
    for (const run of [lost, alive, unbegun]) await requestProvisioning(run);
    for (const run of [lost, alive, unbegun]) await until('its begin', () => isKnown(run), 90_000);
    for (const run of [lost, alive]) {
      const step = { nodeId: 'waits', stepName: 'noop', resourceId: null };
      await trial.log.append(TEMPLATES, 'ProvisioningNodeStarted', { ...run, ...step });
    }
    await first.close();
    await requestDeprovisioning(removal);
    await trial.log.append(TEMPLATES, 'ResourceRemoved', { ...removal, resource: INDEX });
    for (const run of [lost, unbegun]) {
      await forgetInEngine(run.executionId);
      await until('the engine has forgotten it', () => isForgotten(run.executionId), 90_000);
    }

    await trial.statePool.query('UPDATE executor.positions SET next_offset = 0');
    const restored = await runExecutor(trial.env);
    const ends = () => endsOf('RecordProvisioningFinished', lost);
    await until('the end of the provisioning', async () => (await ends()).length > 0, 90_000);
    expect(await ends()).toMatchObject([NO_END]);
    const removed = () => endsOf('RecordDeprovisioningFinished', removal);
    await until('the end of the deprovisioning', async () => (await removed()).length > 0, 90_000);
    expect(await removed()).toMatchObject([{ removed: [], failed: [], setAside: [] }]);
    await until('the begin of what was never begun', () => isKnown(unbegun), 90_000);
    // What the log says behind all of these is done: whatever would be begun, or ended, has been.
    const marker = templateRun();
    await requestProvisioning(marker);
    await until('its begin', () => isKnown(marker), 90_000);
    expect([await isKnown(lost), await isKnown(removal), await isKnown(alive)]).toEqual([false, false, true]);
    for (const run of [alive, unbegun]) expect(await endsOf('RecordProvisioningFinished', run)).toEqual([]);
    await restored.close();
  }, 240_000);
});

describe('a run that the engine has lost', () => {
  it('is closed as failed by the next look at the open runs, and by a signal at once', async () => {
    await publish('long', wait('w', 'PT1H'));
    const executor = await runExecutor({ ...trial.env, FLOWS_LOST_RUN_INTERVAL: '1s' });
    const [lost, kept] = [await request('long'), await request('long')];
    for (const id of [lost, kept]) {
      await untilReported(id, 'RecordExecutionStarted');
      await trial.project(id, 'long', 'Running', false);
    }
    await forgetInEngine(lost);
    expect(await failureOf(lost)).toMatchObject({ code: 'ENGINE_LOST' });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await reported(kept, 'RecordExecutionClosed')).toBeUndefined();
    await trial.project(lost, 'long', 'Failed', true);
    await executor.close();

    const slow = await runExecutor(trial.env);
    await forgetInEngine(kept);
    await until('the engine has forgotten it', () => isForgotten(kept), 90_000);
    await trial.log.append(trial.scope, 'ExecutionSignaled', {
      ...{ flowId: 'long', executionId: kept, version: 1, signalName: 'human-approval' },
      ...{ nodeId: null, approved: true, onBehalfOf: null, comment: null },
    });
    expect(await failureOf(kept)).toMatchObject({ code: 'ENGINE_LOST' });
    await trial.project(kept, 'long', 'Failed', true);
    await slow.close();
  });
});

describe('a run that needs a value which is not kept any more', () => {
  it('is closed as failed, also where a sub-flow of it needs the value', async () => {
    await publish('reader', wait('w', 'PT4S', 'a'), http('a', upstream.url('/ok/lost')));
    await publish('parent', subFlow('c', 'reader', undefined, { big: '${{ big }}' }));
    const executor = await runExecutor({ ...trial.env, FLOWS_LOST_RUN_INTERVAL: '1s' });
    const big = 'x'.repeat(200_000);
    const ids = [await request('reader', { big }), await request('parent', { big })];
    for (const [index, id] of ids.entries()) {
      await untilReported(id, 'RecordExecutionStarted');
      await trial.project(id, index === 0 ? 'reader' : 'parent', 'Running', false);
    }
    const child = trial.temporal.workflow.getHandle(`${ids[1]}-c`);
    await until('the child', () => child.describe().catch(() => undefined));
    await killWorker();
    await trial.statePool.query('DELETE FROM content.payloads');
    startWorker();
    for (const id of ids) expect(await failureOf(id)).toMatchObject({ code: 'PAYLOAD_LOST' });
    for (const id of [...ids, child.workflowId]) {
      const handle = trial.temporal.workflow.getHandle(id);
      await until('its end in the engine', async () => (await handle.describe()).status.name !== 'RUNNING', 60_000);
    }
    expect(upstream.count('/ok/lost')).toBe(0);
    await executor.close();
  });
});
