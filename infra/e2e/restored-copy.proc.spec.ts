import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  SERVICES,
  startMlEndpoint,
  startServices,
  startStack,
  waitUntil,
  type IsolatedServices,
  type IsolatedStack,
  type MlEndpoint,
} from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { copyWhileInUse, putCopyInPlace } from './driver/database-copy.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents } from './driver/log-reader.js';
import { rebuild } from './driver/rebuild.js';
import { acceptRuns, type NamedRun } from './driver/runs.js';
import { logOnceRunsEnded, settledLog } from './driver/settled-log.js';
import { makeTemplateClient } from './driver/templates.js';

const SETUP = fileURLToPath(new URL('../../worker/dist/setup/main.js', import.meta.url));
const RUNS_A_SECOND = 5;
const BEFORE_S = 6;
const AFTER_S = 6;
const NODES = ['first', 'second'];

let stack: IsolatedStack;
let services: IsolatedServices;
let called: CalledServer;
let client: ApiClient;
let ml: MlEndpoint;

beforeAll(async () => {
  called = await startCalledServer();
  ml = await startMlEndpoint();
  stack = await startStack();
  services = await startServices({
    endpoints: stack.endpoints,
    env: {
      ...{ FLOWS_QUOTAS: 'off', FLOWS_LOST_RUN_INTERVAL: '2s' },
      ...{ FLOWS_HTTP_ALLOW_HOSTS: called.hostPort, FLOWS_OPENSEARCH_URL: ml.url },
    },
  });
  client = makeApiClient(services.url, { tenantId: 'copied', workspaceId: 'copied-main' });
  await publishFlow(client, 'calls', twoCalls(called.url));
});

afterAll(async () => {
  await services?.close();
  await stack?.close();
  await called?.close();
  await ml?.close();
});

/** Two calls that can be told apart by run, and time between them, so that some runs are in the middle at any time. */
function twoCalls(url: string): object {
  const call = (id: string, more: object = {}): object => ({
    ...{ id, type: 'task', taskType: 'http.request' },
    input: { url: `${url}/\${{ inputs.run }}/${id}` },
    ...more,
  });
  return {
    apiVersion: 'v1.0',
    name: 'calls',
    inputs: { run: { type: 'string', required: true } },
    nodes: [
      call('first', { next: 'pause' }),
      { id: 'pause', type: 'wait', duration: 'PT2S', next: 'second' },
      call('second'),
    ],
  };
}

const load = (prefix: string, seconds: number): Promise<readonly NamedRun[]> =>
  acceptRuns(
    client,
    'calls',
    Array.from({ length: seconds * RUNS_A_SECOND }, (_, at) => `${prefix}-${at}`),
    { concurrency: 1, paceMs: 1000 / RUNS_A_SECOND },
  );

/** Makes an agent and waits for an hour. @returns when the agent is recorded */
async function beginProvisioning() {
  const templates = makeTemplateClient(services.url, 'copied');
  const id = await templates.create([
    { id: 'agent', type: 'register_agent', user_inputs: { name: 'restored', type: 'flow', node_timeout: '60s' } },
    { id: 'waits', type: 'noop', user_inputs: { delay: '1h' }, previous_node_inputs: { agent: 'agent_id' } },
  ]);
  const answer = await templates.call('POST', `/${id}/_provision`);
  expect(answer.status).toBe(202);
  const stateOf = async () => (await templates.call('GET', `/${id}/_status`)).body;
  const isMade = async () => (await stateOf()).resources_created?.length === 1;
  await waitUntil('the agent', isMade, { timeoutMs: 60_000, everyMs: 100 });
  return { id, templates, stateOf };
}
const agentsMade = (): number => ml.received.filter(({ path }) => path === 'agents/_register').length;

async function stopEverything(): Promise<void> {
  for (const name of SERVICES) await services.stop(name);
  await stack.stop('temporal');
  await stack.stop('postgres');
}

/** As docs/restore.md says: all databases from the copy, the engine's empty. */
async function startFrom(copy: string): Promise<void> {
  await putCopyInPlace(copy, stack.postgresData);
  await stack.start('postgres');
  await stack.startWithEmptyEngine();
  await promisify(execFile)(process.execPath, [SETUP], { env: { ...process.env, ...services.env } });
  await Promise.all(SERVICES.map((name) => services.start(name)));
}

/** Runs that the log has as closed, each once. */
async function closedInLog(): Promise<ReadonlySet<string>> {
  const log = await settledLog(services.env);
  const ids = acceptedEvents(log).flatMap(({ event }) =>
    event.type === 'ExecutionClosed' ? [event.data.executionId] : [],
  );
  expect(new Set(ids).size).toBe(ids.length);
  return new Set(ids);
}

it('all databases from a copy that was taken under load, the engine emptied: every run ends, none runs again, of a flow or of a template', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flowplane-copy-'));
  const copy = join(folder, 'data');
  const early = load('early', BEFORE_S);
  await sleep((BEFORE_S * 1000) / 2);
  await copyWhileInUse(stack.endpoints.dbUrl, stack.postgresData, copy);
  const provisioning = await beginProvisioning();
  const runs = [...(await early), ...(await load('late', AFTER_S))];
  await stopEverything();
  const closedBefore = await closedInLog();
  expect(closedBefore.size).toBeGreaterThan(0);
  const callsBefore = new Map(called.calls);

  await startFrom(copy);
  await rm(folder, { recursive: true, force: true });
  const { log, ids } = await logOnceRunsEnded(services.env);
  expect(checkLog(log, {})).toEqual([]);
  expect(ids.toSorted()).toEqual(runs.map(({ executionId }) => executionId).toSorted());
  const executedAgain = runs
    .filter(({ executionId }) => closedBefore.has(executionId))
    .flatMap(({ name }) => NODES.map((node) => `/${name}/${node}`))
    .filter((path) => called.calls.get(path) !== 1 || callsBefore.get(path) !== 1);
  expect(executedAgain).toEqual([]);

  const ends = await Promise.all(runs.map(({ executionId }) => closedRun(client, 'calls', executionId)));
  const statuses = ends.map(({ status, failure }) => (failure === null ? status : `${status} ${failure.code}`));
  const counts = [...new Set(statuses)].map((each) => `${statuses.filter((status) => status === each).length} ${each}`);
  process.stdout.write(`${runs.length} runs, ${closedBefore.size} over before the restore: ${counts.join(', ')}\n`);
  // The copy does not know that it was asked for; the engine has it no more.
  const isFailed = async () => (await provisioning.stateOf()).state === 'FAILED';
  await waitUntil('the end of the provisioning', isFailed, { timeoutMs: 60_000, everyMs: 100 });
  expect(await provisioning.stateOf()).toMatchObject({
    error: 'The engine does not have the run any more.',
    resources_created: [{ workflow_step_id: 'agent' }],
  });
  expect(agentsMade()).toBe(1);
  const removed = await provisioning.templates.call('POST', `/${provisioning.id}/_deprovision`);
  expect([removed.status, ml.documents('agents').size]).toEqual([200, 0]);

  const rebuilt = await rebuild(services.env, '--verify');
  expect(rebuilt.code, rebuilt.output).toBe(0);
  const { executionId } = await startRun(client, 'calls', { run: 'afterwards' });
  expect((await closedRun(client, 'calls', executionId)).status).toBe('Completed');
});
