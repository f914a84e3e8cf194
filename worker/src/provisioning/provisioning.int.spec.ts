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
import { OPENSEARCH_HOOK_MS, sharedOpenSearch } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { interpreterConfig } from '../interpreter/config.js';
import { openInterpreter, type Interpreter } from '../interpreter/open-interpreter.js';
import { makeWorkflowBundle } from '../interpreter/workflow-bundle.js';

const TENANT = { tenantId: 'T', workspaceId: '_tpl' };
let trial: Trial;
let interpreter: Interpreter;
let executor: { readonly close: () => Promise<void> };
let url: string;

beforeAll(async () => {
  [trial, url] = await Promise.all([startTrial(), sharedOpenSearch()]);
  const config = interpreterConfig({ ...trial.env, NODE_ENV: 'test', FLOWS_OPENSEARCH_URL: url });
  const logger = makeLogger({ service: 'trial', level: process.env['LOG_LEVEL'] ?? 'silent' });
  const workflowBundle = await makeWorkflowBundle(new URL('../interpreter/workflow/index.ts', import.meta.url));
  const threadFile = new URL('../../dist/interpreter/expressions/expression-thread.js', import.meta.url);
  interpreter = await openInterpreter({ config, logger, metrics: makeMetrics(), workflowBundle, threadFile });
  executor = await runExecutor(trial.env);
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(async () => {
  await executor?.close();
  await interpreter?.close();
  await trial?.end();
});

function planOf(nodes: readonly Json[], templateId: string, parameters: RunPlan['parameters'] = {}): RunPlan {
  const read = readTemplate({ name: 'demo', workflows: { provision: { nodes: [...nodes] } } });
  if (!read.ok) throw new Error(read.error.message);
  const plan = planProvision(read.value, parameters, { workflowId: templateId, maxSteps: 50 });
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

async function provision(nodes: readonly Json[]) {
  const templateId = randomUUID();
  const executionId = `T:_tpl:${templateId}:${randomUUID()}`;
  await trial.log.append(TENANT, 'ProvisioningRequested', {
    ...{ templateId, executionId, action: 'provision', templateRevision: 1, taskPollMs: 100 },
    ...{ plan: JSON.stringify(planOf(nodes, templateId)), template: null, secretIds: [] },
  });
  return { templateId, executionId };
}

async function deprovision(templateId: string, resources: readonly TemplateResource[], allowDelete: readonly string[]) {
  const executionId = `T:_tpl:${templateId}:${randomUUID()}`;
  await trial.log.append(TENANT, 'DeprovisioningRequested', {
    ...{ templateId, executionId, allowDelete, removalTimeoutMs: 10_000, ends: null, resources },
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
  await until('the end', async () => (await reports('RecordProvisioningFinished', executionId)).length > 0);
  const [end] = await reports('RecordProvisioningFinished', executionId);
  return end;
}
async function removedBy(executionId: string) {
  await until('the end', async () => (await reports('RecordDeprovisioningFinished', executionId)).length > 0);
  const [end] = await reports('RecordDeprovisioningFinished', executionId);
  return end;
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
