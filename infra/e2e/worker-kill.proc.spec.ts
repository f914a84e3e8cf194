import { longOr, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  readRun,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type { ExecutionBody, StartBody } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { chainFlow, waitFlow } from './driver/definitions.js';
import { engineTasks, type TaskEnd } from './driver/engine.js';
import { statusesByNode, takeStream } from './driver/event-stream.js';
import { acceptRuns, allClosed, endings } from './driver/runs.js';

const TASKS = ['n1', 'n2', 'n3', 'n4'];
/** Of each of two flows. */
const RUNS = longOr(10, 100);
const KILLS = longOr(2, 20);
const CLOSING_MS = longOr(120_000, 600_000);
/** A lost attempt is noticed by its missing heartbeats. */
const RETRY_POLICY = {
  initialInterval: 'PT0.2S',
  backoffCoefficient: 1,
  timeouts: { startToClose: 'PT30S', heartbeat: 'PT2S' },
};

let called: CalledServer;
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({
    env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort, FLOWS_FUNCTIONS_URL: called.url },
  });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(client, 'chain', chainFlow(called.url, TASKS.length, RETRY_POLICY));
  await publishFlow(client, 'pause', waitFlow('PT3S'));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

it('killed in the middle of a task: what was completed does not run again, the open task does', async () => {
  called.hold('/one/n3');
  const { executionId } = await startRun(client, 'chain', { run: 'one' });
  await waitUntil('the call of n3', async () => called.calls.get('/one/n3') === 1, { timeoutMs: 20_000, everyMs: 20 });
  // A killed worker loses frames that it has not sent yet.
  const isShown = async (): Promise<boolean> =>
    (await readRun(client, 'chain', executionId)).nodes.some(
      ({ nodeId, status }) => nodeId === 'n3' && status === 'started',
    );
  await waitUntil('n3 to be shown as started', isShown, { timeoutMs: 20_000, everyMs: 20 });
  await services.restarted('worker', services.kill('worker'));
  called.release('/one/n3');
  const run = await closedRun(client, 'chain', executionId);
  expect(run.status).toBe('Completed');
  expect(run.result?.trace).toEqual(TASKS);
  expect(TASKS.map((task) => called.calls.get(`/one/${task}`))).toEqual([1, 1, 2, 1]);
  expect(run.events.map(({ nodeId }) => nodeId)).toEqual(TASKS);
  expect(run.nodes.map(({ status }) => status)).toEqual(TASKS.map(() => 'completed'));

  const { frames } = await takeStream(client, executionId);
  const shown = statusesByNode(frames);
  expect(shown['n2']).toEqual(['scheduled', 'started', 'completed']);
  expect(shown['n3']?.at(0)).toBe('scheduled');
  expect(shown['n3']).toContain('retrying');
  expect(shown['n3']?.at(-1)).toBe('completed');
  expect(frames.at(-1)?.event).toBe('stream-end');
});

it('killed between an effect and its completion: a server that honours the key has one effect; timers go on', async () => {
  const node = (id: string, taskType: string, input: object): object => ({
    ...{ id, type: 'task', taskType, input, retryPolicy: RETRY_POLICY },
  });
  const nodes = [
    { id: 'both', type: 'parallel', branches: ['charge', 'price'] },
    node('charge', 'http.request', {
      ...{ url: `${called.url}/charge`, method: 'POST', body: { amount: 5 } },
      responseSchema: { required: ['path'], properties: { path: { const: '/charge' } } },
    }),
    node('price', 'functions.invoke', { actionId: 'price', params: { amount: 5 } }),
  ];
  await publishFlow(client, 'paid', { apiVersion: 'v1.0', name: 'paid', nodes });
  const paths = ['/charge', '/v1/workspaces/acme-main/actions/price/invocations'];
  for (const path of paths) called.hold(path);
  const { executionId } = await startRun(client, 'paid');
  const callsOf = () => paths.map((path) => called.calls.get(path) ?? 0);
  // The server has acted, and nobody has heard of it yet.
  await waitUntil('both calls', async () => callsOf().every((calls) => calls === 1), {
    timeoutMs: 60_000,
    everyMs: 20,
  });
  const waiting = await startRun(client, 'pause');
  await services.restarted('worker', services.kill('worker'));
  for (const path of paths) called.release(path);
  const run = await closedRun(client, 'paid', executionId);
  expect(run.status).toBe('Completed');
  // Each was attempted again, and no attempt was another act.
  expect(Math.min(...callsOf())).toBeGreaterThan(1);
  expect(paths.map(called.effects)).toEqual([[`${executionId}/charge`], [`${executionId}/price`]]);
  expect((await closedRun(client, 'pause', waiting.executionId)).status).toBe('Completed');
});

/** Waits, branches and tasks beside each other, one of which fails in every attempt of every third run. */
const mixedFlow = (url: string): object => ({
  apiVersion: 'v1.0',
  name: 'mixed',
  inputs: { run: { type: 'string', required: true } },
  nodes: [
    { id: 'both', type: 'parallel', branches: ['a', 'rest', 'choose'], next: 'z' },
    { id: 'rest', type: 'wait', duration: 'PT0.5S' },
    { id: 'choose', type: 'branch', arms: [{ when: "inputs.run.endsWith('0')", next: 'odd' }], default: 'even' },
    { id: 'even', type: 'sequence', steps: [] },
    { id: 'odd', type: 'wait', duration: 'PT0S' },
    { ...taskTo(`${url}/\${{ inputs.run }}/a`), id: 'a' },
    {
      ...taskTo(`\${{ inputs.run.endsWith('3') ? 'http://127.0.0.1:9/never' : '${url}/' + inputs.run + '/z' }}`),
      id: 'z',
    },
  ],
});
const taskTo = (url: string): object => ({
  type: 'task',
  taskType: 'http.request',
  input: { url },
  retryPolicy: RETRY_POLICY,
});

it('killed at random under load: runs end, what was completed is not repeated, and the picture is that of the history', async () => {
  await publishFlow(client, 'mixed', mixedFlow(called.url));
  const names = Array.from({ length: RUNS }, (_, index) => `load-${index}`);
  const starting = { concurrency: 4, paceMs: 150 };
  const accepting = Promise.all(
    ['chain', 'mixed'].map((flowId) =>
      acceptRuns(
        client,
        flowId,
        names.map((name) => `${flowId}-${name}`),
        starting,
      ),
    ),
  );
  for (let kills = 0; kills < KILLS; kills += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1000));
    await services.restarted('worker', services.kill('worker'));
  }
  const [chains = [], mixed = []] = await accepting;
  const closed = await allClosed(client, 'chain', chains, CLOSING_MS);
  expect(endings(closed)).toEqual(chains.map(() => 'Completed'));
  expect(closed.map(({ result }) => result?.trace)).toEqual(chains.map(() => TASKS));
  // A kill repeats at most the one task that was under way in a run, once for each kill.
  const callsOf = ({ name }: { readonly name: string }) =>
    TASKS.map((task) => called.calls.get(`/${name}/${task}`) ?? 0);
  const tooMany = chains.filter((run) => callsOf(run).reduce((sum, calls) => sum + calls - 1, 0) > KILLS);
  expect(tooMany).toEqual([]);
  expect(chains.flatMap(callsOf).every((calls) => calls >= 1)).toBe(true);

  const all = [...closed, ...(await allClosed(client, 'mixed', mixed, CLOSING_MS))];
  const truths = await engineTasks(
    services.env,
    all.map(({ executionId }) => executionId),
  );
  for (const [index, run] of all.entries()) await expectPicture(run, truths[index] ?? {});
});

/** What is shown of a run that is over is what the engine's history says: in the table, and at the end of its stream. */
async function expectPicture(run: ExecutionBody, truth: Readonly<Record<string, TaskEnd>>): Promise<void> {
  const shown = Object.fromEntries(run.nodes.map((node) => [node.nodeId, node]));
  for (const [nodeId, { status, attempt }] of Object.entries(truth)) {
    const { attempts = [], status: told } = shown[nodeId] ?? {};
    expect([told, attempts.length], `${run.executionId} ${nodeId}`).toEqual([status, attempt]);
    const before = attempts.slice(0, -1).map((one) => [one.status, one.error === undefined]);
    expect(before, `${run.executionId} ${nodeId}`).toEqual(before.map(() => ['failed', false]));
  }
  const visited = new Set(run.result?.trace ?? run.nodes.map(({ nodeId }) => nodeId));
  const isOpen = run.nodes.filter(
    ({ nodeId, status }) => visited.has(nodeId) && !['completed', 'failed'].includes(status),
  );
  if (run.status === 'Completed') expect(isOpen, run.executionId).toEqual([]);
  const { frames } = await takeStream(client, run.executionId);
  const last = Object.entries(statusesByNode(frames)).map(([nodeId, statuses]) => [nodeId, statuses.at(-1)]);
  const ends = new Set(['completed', 'failed', 'skipped']);
  const toldInTable = run.nodes.filter(({ status }) => ends.has(status)).map(({ nodeId, status }) => [nodeId, status]);
  expect(Object.fromEntries(last), run.executionId).toMatchObject(Object.fromEntries(toldInTable));
}

it('killed after a publish: each run ends on the graph it started with', async () => {
  const graphTo = (last: string): object => ({
    apiVersion: 'v1.0',
    name: 'moving',
    nodes: [
      { id: 'pause', type: 'wait', duration: 'PT4S', next: last },
      { id: last, type: 'task', taskType: 'http.request', input: { url: `${called.url}/moving/${last}` } },
    ],
  });
  const start = async (body: object): Promise<string> =>
    expectStatus(await client.call<StartBody>('POST', '/flows/moving/executions', { body }), 201).executionId;
  const several = (version?: number): Promise<readonly string[]> =>
    Promise.all([1, 2, 3].map(() => start(version === undefined ? {} : { version })));

  await publishFlow(client, 'moving', graphTo('old'));
  const before = await several();
  expectStatus(await client.call('PATCH', '/flows/moving', { body: { definition: graphTo('fresh') } }), 200);
  const drafted = await several();
  expectStatus(await client.call('POST', '/flows/moving/versions'), 201);
  const after = [...(await several()), ...(await several(2))];
  const again = await several(1);
  await services.restarted('worker', services.kill('worker'));

  const endOf = async (executionId: string) => {
    const { version, status, result, nodes } = await closedRun(client, 'moving', executionId);
    return { version, status, trace: result?.trace, nodes: nodes.map(({ nodeId }) => nodeId) };
  };
  const endsOf = (runs: readonly string[]) => Promise.all(runs.map(endOf));
  const onOld = { version: '1', status: 'Completed', trace: ['pause', 'old'], nodes: ['pause', 'old'] };
  const onFresh = { version: '2', status: 'Completed', trace: ['pause', 'fresh'], nodes: ['pause', 'fresh'] };
  const old = [...before, ...drafted, ...again];
  expect(await endsOf(old)).toEqual(old.map(() => onOld));
  expect(await endsOf(after)).toEqual(after.map(() => onFresh));
});
