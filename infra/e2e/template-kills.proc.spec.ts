import { randomInt } from 'node:crypto';
import type { Json, JsonObject, TemplateResource } from '@flowplane/contracts';
import {
  longOr,
  OPENSEARCH_HOOK_MS,
  sharedOpenSearch,
  startMlEndpoint,
  startServices,
  waitUntil,
  type IsolatedServices,
  type MlEndpoint,
} from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inParallel } from './driver/load.js';
import { makeTemplateClient, noop, templateOf } from './driver/templates.js';
import { openTemplateRuns, type TemplateRef, type TemplateRuns } from './driver/template-runs.js';

/** Provisionings, and as many deprovisionings. */
const STORIES = longOr(8, 50);
const AT_ONCE = 8;
const TENANTS = 4;
const KILLED = ['worker', 'executor', 'command-service'] as const;
/** Events of templates between two kills, at most. */
const EVENTS_BETWEEN = 20;
const SEED = Number(process.env['FLOWS_TEST_SEED'] ?? randomInt(1_000_000));

let url: string;
let ml: MlEndpoint;
let services: IsolatedServices;
let runs: TemplateRuns;

beforeAll(async () => {
  url = await sharedOpenSearch();
  ml = await startMlEndpoint({ behind: url });
  const tenancy = {
    FLOWS_PROVISIONING_MULTI_TENANCY_ENABLED: 'true',
    FLOWS_PROVISIONING_MAX_ACTIVE_PROVISIONS_PER_TENANT: '40',
    FLOWS_PROVISIONING_MAX_ACTIVE_DEPROVISIONS_PER_TENANT: '40',
  };
  services = await startServices({ env: { ...tenancy, FLOWS_QUOTAS: 'off', FLOWS_OPENSEARCH_URL: ml.url } });
  runs = await openTemplateRuns(services);
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(async () => {
  await runs?.close();
  await services?.close();
  await ml?.close();
});

/** Numbers from 0 to below 1, the same for the same seed. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Pipelines and indices whose names begin with the story's; no input is named `after`, it only makes an edge. */
const nodesOf = (name: string): readonly Json[] => {
  const index = (id: string, after: Json, settings: JsonObject = {}): Json => ({
    ...{ id, type: 'create_index', previous_node_inputs: after },
    user_inputs: { index_name: `${name}-${id}`, configurations: { settings: { number_of_replicas: 0, ...settings } } },
  });
  const pipeline = (kind: 'ingest' | 'search', id: string, configurations: Json): Json => ({
    ...{ id, type: `create_${kind}_pipeline` },
    user_inputs: { pipeline_id: `${name}-${id}`, configurations },
  });
  const processors = [{ set: { field: 'seen', value: '1' } }];
  return [
    pipeline('ingest', 'pipe', { processors }),
    pipeline('search', 'search', { request_processors: [] }),
    index('one', { pipe: 'after' }, { 'index.default_pipeline': '${{ pipe.pipeline_id }}' }),
    index('two', { one: 'after', search: 'after' }),
    { id: 'end', type: 'noop', previous_node_inputs: { two: 'index_name' } },
  ];
};

/** Ids of what the server has of a story. */
async function onServer(name: string): Promise<readonly string[]> {
  const read = async (path: string): Promise<readonly string[]> => {
    const answer = await fetch(`${url}${path}`);
    if (answer.status === 404) return [];
    expect(answer.status).toBe(200);
    return Object.keys((await answer.json()) as object);
  };
  const pipelines = ['ingest', 'search'].map((kind) => read(`/_${kind}/pipeline/${name}-*`));
  return (await Promise.all([read(`/${name}-*`), ...pipelines])).flat().toSorted();
}

const idsOf = (resources: readonly Pick<TemplateResource, 'resource_id'>[]): readonly string[] =>
  resources.map(({ resource_id }) => resource_id);

/** What the state says that is not so, and what it does not say; both empty where it is right. */
async function faultsOf(name: string, template: TemplateRef) {
  const [there, state] = [await onServer(name), await runs.stateOf(template)];
  const listed = idsOf(state?.resources ?? []);
  const known = [...listed, ...(state?.unsure ?? []).map(({ resource_id }) => resource_id)];
  return {
    name,
    isOver: state !== undefined && state.provisioning === null && state.deprovisioning === null,
    unlisted: there.filter((id) => !known.includes(id)),
    missing: listed.filter((id) => !there.includes(id)),
  };
}

/** The read model, and reports of attempts that were taken for lost, may come a little later than the end of the run. */
async function expectRightState(name: string, template: TemplateRef): Promise<void> {
  const right = { name, isOver: true, unlisted: [], missing: [] };
  const isRight = async (): Promise<boolean> => {
    const faults = await faultsOf(name, template);
    return faults.isOver && faults.unlisted.length + faults.missing.length === 0;
  };
  const wait = waitUntil('the right state', isRight, { timeoutMs: 60_000, everyMs: 200 });
  await wait.catch(async () => expect(await faultsOf(name, template)).toEqual(right));
}

/** Kills a service after a number of events, and again once it runs; both are drawn. */
function startKilling(): { readonly stop: () => Promise<readonly string[]> } {
  const draw = numbersFrom(SEED);
  const kills: string[] = [];
  let left = 1 + Math.floor(draw() * EVENTS_BETWEEN);
  let isStopped = false;
  let restarting = Promise.resolve();
  runs.onEvent(() => {
    left -= 1;
    if (left !== 0 || isStopped) return;
    const name = KILLED[Math.floor(draw() * KILLED.length)] ?? 'worker';
    kills.push(name);
    restarting = services.restarted(name, services.kill(name)).then(() => {
      left = 1 + Math.floor(draw() * EVENTS_BETWEEN);
    });
  });
  return {
    stop: async () => {
      isStopped = true;
      await restarting;
      return kills;
    },
  };
}

it(
  `worker, executor and decider killed at random: the state lists what is there (FLOWS_TEST_SEED=${SEED})`,
  async () => {
    const killing = startKilling();
    const counts = { failed: 0, unsure: 0, left: 0 };
    const errors = new Set<string>();
    const stories = await inParallel(STORIES, AT_ONCE, async (story) => {
      const name = `kills-${SEED}-${story}`;
      const nodes = nodesOf(name);
      const template = await runs.create(`tenant-${story % TENANTS}`, nodes);
      const end = await runs.provisioned(await runs.provision(template));
      counts.failed += end.status === 'FAILED' ? 1 : 0;
      if (end.error !== null) errors.add(end.error.replaceAll(name, 'X'));
      counts.unsure += end.unsure.length;
      await expectRightState(name, template);
      const allowed = ['pipe', 'search', 'one', 'two'].map((id) => `${name}-${id}`);
      const removal = await runs.deprovisioned(await runs.deprovision(template, allowed));
      counts.left += removal.remaining.length;
      return { name, template };
    });
    const kills = await killing.stop();
    for (const { name, template } of stories) await expectRightState(name, template);
    process.stderr.write(
      `seed ${SEED}: ${STORIES} stories, killed ${kills.join(' ')}, ${JSON.stringify({ ...counts, errors: [...errors] })}\n`,
    );
    expect(kills.length).toBeGreaterThan(0);
    // What it would say of a create that was made twice.
    expect([...errors].filter((error) => error.includes('already exists'))).toEqual([]);
    for (const { name } of stories) {
      for (const id of await onServer(name)) await fetch(`${url}/${id}`, { method: 'DELETE' });
    }
  },
  longOr(300_000, 1_800_000),
);

const agent = (id: string, after: Json = {}): Json => ({
  ...{ id, type: 'register_agent', previous_node_inputs: after },
  user_inputs: { name: `${id}-${SEED}`, type: 'flow' },
});
const calls = (method: string): number => ml.received.filter((request) => request.method === method).length;
const isCalled = (method: string, times: number) => () => Promise.resolve(calls(method) >= times);

it('killed between a create and its record: the step has failed, what it made is looked for, and nothing is made again', async () => {
  ml.behave('POST agents/_register', { kind: 'hold' });
  const nodes = [agent('lost'), agent('next', { lost: 'agent_id' })];
  const template = await runs.create('tenant-crash', nodes);
  const executionId = await runs.provision(template);
  await waitUntil('the call', isCalled('POST', 1), { timeoutMs: 60_000, everyMs: 20 });
  await services.restarted('worker', services.kill('worker'));
  const end = await runs.provisioned(executionId);
  ml.release();
  const [made] = [...ml.documents('agents').keys()];
  expect(end).toMatchObject({
    ...{ status: 'FAILED', completed: [], errorStatus: 500 },
    error: expect.stringContaining('during step lost, The worker that ran the step was lost.') as string,
    unsure: [{ workflow_step_id: 'lost', resource_type: 'agent_id', resource_id: made, found: 'found' }],
  });
  const creates = ml.received.filter(({ path }) => path === 'agents/_register');
  expect(creates).toHaveLength(1);
  // Multi-tenancy is on.
  const { headers, body } = creates[0] ?? {};
  expect([headers?.['x-tenant-id'], body]).toMatchObject(['tenant-crash', { tenant_id: 'tenant-crash' }]);
  expect(ml.documents('agents').size).toBe(1);
  ml.remove('agents', made ?? '');
}, 180_000);

it('while the decider does not run, a deprovisioning goes on, and the state is whole when it runs again', async () => {
  const nodes = [
    agent('a'),
    agent('b', { a: 'agent_id' }),
    agent('c', { b: 'agent_id' }),
    agent('d', { c: 'agent_id' }),
  ];
  const template = await runs.create('tenant-stopped', nodes);
  expect(await runs.provisioned(await runs.provision(template))).toMatchObject({ status: 'COMPLETED' });
  expect(ml.documents('agents').size).toBe(4);
  ml.behave('DELETE agents/*', { kind: 'hold' });
  const executionId = await runs.deprovision(template, []);
  const before = calls('DELETE');
  await waitUntil('the first removal', isCalled('DELETE', before + 1), { timeoutMs: 60_000, everyMs: 20 });
  services.kill('command-service', 'SIGSTOP');
  try {
    ml.release();
    const isGone = () => Promise.resolve(ml.documents('agents').size === 0);
    await waitUntil('everything to be removed', isGone, { timeoutMs: 60_000, everyMs: 20 });
    // Nobody has decided that it is over.
    const isOpen = async () => (await runs.stateOf(template))?.deprovisioning === executionId;
    await waitUntil('the deprovisioning in the state', isOpen, { timeoutMs: 60_000, everyMs: 100 });
  } finally {
    services.kill('command-service', 'SIGCONT');
  }
  expect(await runs.deprovisioned(executionId)).toMatchObject({ failed: [], setAside: [], remaining: [] });
  const removals = ml.received.filter(({ method }) => method === 'DELETE');
  expect(removals.map(({ headers }) => headers['x-tenant-id'])).toEqual(nodes.map(() => 'tenant-stopped'));
  const isWhole = async (): Promise<boolean> => {
    const state = await runs.stateOf(template);
    return state?.progress === 'NOT_STARTED' && state.resources.length === 0;
  };
  await waitUntil('the state to be whole', isWhole, { timeoutMs: 60_000, everyMs: 100 });
}, 180_000);

it('killed behind the answer to a create, or an update, that is to be provisioned as well: it is provisioned', async () => {
  const tenantId = 'tenant-together';
  const client = makeTemplateClient(services.url, tenantId);
  const updated = await client.create([noop('before')]);
  const send = async (method: string, path: string): Promise<string> => {
    const body = templateOf([noop('after')]);
    const answer = await client.call(method, `${path}?provision=true`, body, { prefer: 'respond-async' });
    expect([answer.status, answer.body.status]).toEqual([202, 'pending']);
    return answer.body.workflow_id;
  };
  const ids = [await send('PUT', `/${updated}`), await send('POST', '')];
  await services.restarted('command-service', services.kill('command-service'));
  for (const templateId of ids) {
    const isDone = async () => (await runs.stateOf({ tenantId, templateId }))?.progress === 'DONE';
    await waitUntil('the end of the provisioning', isDone, { timeoutMs: 100_000, everyMs: 100 });
  }
}, 180_000);
