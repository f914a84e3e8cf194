import { randomUUID } from 'node:crypto';
import {
  planProvision,
  readTemplate,
  type Command,
  type Json,
  type RunPlan,
  type TemplateResource,
} from '@flowplane/contracts';
import { makeLogger } from '@flowplane/plumbing/logging';
import { until } from '@flowplane/plumbing/test/kafka';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { OPENSEARCH_HOOK_MS, sharedOpenSearch, startMlEndpoint, type MlEndpoint } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { interpreterConfig } from '../interpreter/config.js';
import { openInterpreter, type Interpreter } from '../interpreter/open-interpreter.js';
import { makeWorkflowBundle } from '../interpreter/workflow-bundle.js';

/** Of anything that is waited for. */
const WAIT_MS = 90_000;
const TENANT = { tenantId: 'T', workspaceId: '_tpl' };
let trial: Trial;
let interpreter: Interpreter;
let executor: { readonly close: () => Promise<void> };
let url: string;
let ml: MlEndpoint;

beforeAll(async () => {
  [trial, url] = await Promise.all([startTrial(), sharedOpenSearch()]);
  ml = await startMlEndpoint({ behind: url });
  const config = interpreterConfig({ ...trial.env, NODE_ENV: 'test', FLOWS_OPENSEARCH_URL: ml.url });
  const logger = makeLogger({ service: 'trial', level: process.env['LOG_LEVEL'] ?? 'silent' });
  const workflowBundle = await makeWorkflowBundle(new URL('../interpreter/workflow/index.ts', import.meta.url));
  const threadFile = new URL('../../dist/interpreter/expressions/expression-thread.js', import.meta.url);
  interpreter = await openInterpreter({ config, logger, metrics: makeMetrics(), workflowBundle, threadFile });
  executor = await runExecutor({ ...trial.env, FLOWS_LOST_RUN_INTERVAL: '1s' });
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(async () => {
  await executor?.close();
  await interpreter?.close();
  await trial?.end();
  await ml?.close();
});

function planOf(nodes: readonly Json[], templateId: string, parameters: RunPlan['parameters'] = {}): RunPlan {
  const read = readTemplate({ name: 'demo', workflows: { provision: { nodes: [...nodes] } } });
  if (!read.ok) throw new Error(read.error.message);
  const plan = planProvision(read.value, parameters, { workflowId: templateId, maxSteps: 50 });
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

async function provision(nodes: readonly Json[], attempt: string = randomUUID()) {
  const templateId = randomUUID();
  const executionId = `T:_tpl:${templateId}:${attempt}`;
  await trial.log.append(TENANT, 'ProvisioningRequested', {
    ...{ templateId, executionId, action: 'provision', templateRevision: 1, taskPollMs: 100 },
    ...{ plan: JSON.stringify(planOf(nodes, templateId)), template: null, secretIds: [] },
  });
  return { templateId, executionId };
}

async function deprovision(
  templateId: string,
  resources: readonly TemplateResource[],
  allowDelete: readonly string[],
  ends: string | null = null,
) {
  const executionId = `T:_tpl:${templateId}:${randomUUID()}`;
  await trial.log.append(TENANT, 'DeprovisioningRequested', {
    ...{ templateId, executionId, allowDelete, removalTimeoutMs: 10_000, ends, resources },
  });
  return { executionId };
}

type OfType<T extends Command['type']> = Extract<Command, { readonly type: T }>['data'];
async function reports<T extends Command['type']>(type: T, executionId: string): Promise<readonly OfType<T>[]> {
  const commands = (await trial.commands()).filter((command) => command.type === type);
  return commands
    .map(({ data }) => data as OfType<T>)
    .filter((data) => 'executionId' in data && data.executionId === executionId);
}

async function endOf(executionId: string) {
  await until('the end', async () => (await reports('RecordProvisioningFinished', executionId)).length > 0, WAIT_MS);
  const [end] = await reports('RecordProvisioningFinished', executionId);
  return end;
}
async function removedBy(executionId: string) {
  await until('the end', async () => (await reports('RecordDeprovisioningFinished', executionId)).length > 0, WAIT_MS);
  const [end] = await reports('RecordDeprovisioningFinished', executionId);
  return end;
}
/** What is said to be there, as the decider would keep it. */
const madeBy = async (executionId: string) =>
  (await reports('RecordResourceCreated', executionId)).map(({ resource }) => resource);

const agent = (id: string, after: Json = {}): Json => ({
  ...{ id, type: 'register_agent', previous_node_inputs: after },
  user_inputs: { name: `${id}-${randomUUID()}`, type: 'flow', node_timeout: '120s' },
});
const AN_HOUR: Json = { id: 'waits', type: 'noop', user_inputs: { delay: '1h' } };
const calls = (method: string, kind: string) =>
  ml.received.filter((request) => request.method === method && request.path.startsWith(`${kind}/`)).length;
/** How many steps of a run were asked to end. */
const askedToEnd = async (executionId: string): Promise<number> => {
  const { events } = await trial.temporal.workflow.getHandle(executionId).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskCancelRequestedEventAttributes).length;
};
const isBegun = async (executionId: string): Promise<boolean> =>
  (await reports('RecordProvisioningNodeStarted', executionId)).length > 0;

/** Puts a template into the read model with a run that is under way. */
async function project(templateId: string, kind: 'provisioning' | 'deprovisioning', executionId: string | null) {
  await trial.readPool.query(
    `INSERT INTO flows.templates (tenant_id, template_id, revision, created_at, updated_at, state, progress, resources,
                                  unsure, completed, log_offset, ${kind})
     VALUES ('T', $1, 1, now(), now(), 'PROVISIONING', 'IN_PROGRESS', '[]', '[]', '[]', 0, $2)
     ON CONFLICT (tenant_id, template_id) DO UPDATE SET provisioning = NULL, deprovisioning = NULL`,
    [templateId, executionId],
  );
}

const statusOf = async (path: string): Promise<number> => (await fetch(`${url}${path}`, { method: 'HEAD' })).status;

describe('runs of templates on the real engine, log and OpenSearch', () => {
  it('makes what the nodes say, each with what the one before has put out, and takes it away again', async () => {
    const name = `run-${randomUUID()}`;
    const { templateId, executionId } = await provision([
      {
        id: 'pipe',
        type: 'create_ingest_pipeline',
        user_inputs: { pipeline_id: name, configurations: { processors: [{ set: { field: 'seen', value: '1' } }] } },
      },
      {
        id: 'idx',
        type: 'create_index',
        previous_node_inputs: { pipe: 'pipeline_id' },
        user_inputs: {
          index_name: name,
          configurations: {
            settings: { index: { default_pipeline: '${{ pipe.pipeline_id }}', number_of_replicas: 0 } },
          },
        },
      },
    ]);
    expect(await endOf(executionId)).toMatchObject({
      ...{ templateId, status: 'COMPLETED', error: null, completed: ['pipe', 'idx'], unsure: [] },
    });
    const settings = (await (await fetch(`${url}/${name}/_settings`)).json()) as Record<string, unknown>;
    expect(settings[name]).toMatchObject({ settings: { index: { default_pipeline: name } } });
    const resources = (await reports('RecordResourceCreated', executionId)).map(({ resource }) => resource);
    expect(resources.map(({ workflow_step_id: id, resource_id }) => [id, resource_id])).toEqual([
      ['pipe', name],
      ['idx', name],
    ]);
    const started = await reports('RecordProvisioningNodeStarted', executionId);
    expect(started.map(({ nodeId, resourceId }) => [nodeId, resourceId])).toEqual([
      ['pipe', name],
      ['idx', name],
    ]);

    const refused = await removedBy((await deprovision(templateId, resources, [])).executionId);
    expect(refused).toMatchObject({ removed: [], failed: [], setAside: resources });
    const removal = await deprovision(templateId, resources, [name]);
    expect(await removedBy(removal.executionId)).toMatchObject({ removed: resources.toReversed(), failed: [] });
    expect([await statusOf(`/${name}`), (await fetch(`${url}/_ingest/pipeline/${name}`)).status]).toEqual([404, 404]);
    expect((await reports('RecordResourceRemoved', removal.executionId)).length).toBe(2);
  }, 120_000);

  it('fails what depends on a failed node, and finishes the rest', async () => {
    const name = `run-${randomUUID()}`;
    const index = (id: string, after: Json = {}) => ({
      ...{ id, type: 'create_index', previous_node_inputs: after },
      user_inputs: { index_name: name, configurations: { settings: { number_of_replicas: 0 } } },
    });
    const { executionId } = await provision([
      index('first'),
      index('second', { first: 'index_name' }),
      { id: 'after', type: 'noop', previous_node_inputs: { second: 'index_name' } },
      { id: 'alone', type: 'noop', user_inputs: { delay: '300ms' } },
    ]);
    const end = await endOf(executionId);
    expect(end).toMatchObject({ status: 'FAILED', errorStatus: 400, completed: ['first', 'alone'], unsure: [] });
    expect(end?.error).toMatch(
      /^WorkflowStepException during step second, index \[.+\] already exists, restStatus: BAD_REQUEST$/,
    );
    await fetch(`${url}/${name}`, { method: 'DELETE' });
  }, 120_000);
});

describe('a deprovisioning that is asked for while a provisioning runs', () => {
  it('waits for the steps that are under way, and takes away what they have made since', async () => {
    ml.behave('POST agents/_register', { kind: 'hold' });
    const { templateId, executionId } = await provision([agent('held'), agent('next', { held: 'agent_id' }), AN_HOUR]);
    await until('the call', () => Promise.resolve(calls('POST', 'agents') > 0), WAIT_MS);
    const removal = await deprovision(templateId, [], [], executionId);
    await until('the end of the noop', async () => (await askedToEnd(executionId)) > 0, WAIT_MS);
    // In the same step of the workflow the other one would have been asked, too.
    expect(await askedToEnd(executionId)).toBe(1);
    ml.release();
    expect(await endOf(executionId)).toMatchObject({ status: 'FAILED', completed: ['held'], unsure: [] });
    const resources = await madeBy(executionId);
    expect(resources).toMatchObject([{ workflow_step_id: 'held', resource_type: 'agent_id' }]);
    expect(ml.documents('agents').size).toBe(1);

    const next = { ...removal, allowDelete: [], removalTimeoutMs: 10_000, resources };
    await trial.log.append(TENANT, 'ProvisioningFinished', {
      ...{ templateId, executionId, status: 'FAILED', error: null, errorStatus: 500 },
      ...{ completed: ['held'], unsure: [], next },
    });
    expect(await removedBy(removal.executionId)).toMatchObject({ removed: resources, failed: [], setAside: [] });
    expect(ml.documents('agents').size).toBe(0);
  }, 120_000);
});

describe('a removal that fails', () => {
  it('is tried again as long as another one succeeds, stays listed, and a second deprovisioning finishes', async () => {
    const { templateId, executionId } = await provision([agent('a'), agent('b', { a: 'agent_id' })]);
    await endOf(executionId);
    const resources = await madeBy(executionId);
    const [first, second] = resources;
    ml.behave(`DELETE agents/${second?.resource_id}`, { kind: 'fail', status: 500, type: 'x', reason: 'y' }, 2);
    const before = calls('DELETE', 'agents');
    const partly = await deprovision(templateId, resources, []);
    expect(await removedBy(partly.executionId)).toMatchObject({ removed: [first], failed: [second] });
    // Both in the first pass, and the one that was left in a second.
    expect(calls('DELETE', 'agents') - before).toBe(3);
    const rest = await deprovision(templateId, [second as TemplateResource], []);
    expect(await removedBy(rest.executionId)).toMatchObject({ removed: [second], failed: [] });
    expect(ml.documents('agents').size).toBe(0);
  }, 120_000);
});

describe('a run of a template that the engine has lost', () => {
  const LOST = { status: 'FAILED', error: 'The engine does not have the run any more.', errorStatus: null };
  const terminate = (executionId: string) => trial.temporal.workflow.getHandle(executionId).terminate('by an operator');

  it('is ended by the next look at the open runs; one that goes on is left alone', async () => {
    const [lost, kept] = [await provision([AN_HOUR]), await provision([AN_HOUR])];
    for (const { templateId, executionId } of [lost, kept]) {
      await until('its begin', () => isBegun(executionId), WAIT_MS);
      await project(templateId, 'provisioning', executionId);
    }
    await terminate(lost.executionId);
    expect(await endOf(lost.executionId)).toMatchObject(LOST);
    // Looked at after the one that was lost, or before and again: another look comes after this.
    const removal = await deprovision(randomUUID(), [], []);
    expect(await removedBy(removal.executionId)).toMatchObject({ removed: [] });
    const gone = { templateId: randomUUID(), executionId: `T:_tpl:none:${randomUUID()}` };
    await project(gone.templateId, 'deprovisioning', gone.executionId);
    expect(await removedBy(gone.executionId)).toMatchObject({ removed: [], failed: [], setAside: [] });
    expect(await reports('RecordProvisioningFinished', kept.executionId)).toEqual([]);
    for (const { templateId } of [lost, kept, gone]) await project(templateId, 'provisioning', null);
    await terminate(kept.executionId);
  }, 120_000);

  it('is ended by a deprovisioning at once', async () => {
    const { templateId, executionId } = await provision([AN_HOUR]);
    await until('its begin', () => isBegun(executionId), WAIT_MS);
    await terminate(executionId);
    await deprovision(templateId, [], [], executionId);
    expect(await endOf(executionId)).toMatchObject(LOST);
  }, 120_000);

  it('or never took ends with the reason', async () => {
    const { executionId } = await provision([AN_HOUR], 'x'.repeat(1500));
    expect(await endOf(executionId)).toMatchObject({ status: 'FAILED', errorStatus: null });
  }, 120_000);
});
