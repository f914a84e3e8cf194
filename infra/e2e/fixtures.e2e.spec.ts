import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  runPath,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type { ExecutionBody, NodeBody } from './driver/api-types.js';
import { makeDataDatabase, type DataDatabase } from './driver/data-database.js';
import { documentedFlows, runDocumented, startExampleServer } from './driver/documented-flows.js';
import { startFixtureServer, type FixtureServer } from './driver/fixture-server.js';
import { fixtureNames, readFixture, type Definition, type FixtureSignal } from './driver/fixtures.js';

const PATIENT = { prefer: 'wait=60' };
const TENANT = 'acme';
const CLOSE_TIMEOUT_MS = 120_000;
const byNumber = new Intl.Collator('en', { numeric: true });

let server: FixtureServer;
let data: DataDatabase;
let examples: Awaited<ReturnType<typeof startExampleServer>>;
let services: IsolatedServices;
let alice: ApiClient;
/** Where `leaf` is published and deleted again. */
let elsewhere: ApiClient;

const clientOf = (as: { readonly actorId: string; readonly roles?: readonly string[] }): ApiClient =>
  makeApiClient(services.url, { tenantId: TENANT, workspaceId: 'acme-main', ...as });

/** All runs are started at once, so that the file takes as long as its slowest one. */
const ends = new Map<string, Promise<ExecutionBody>>();
const endOf = (name: string): Promise<ExecutionBody> =>
  ends.get(name) ?? Promise.reject(new Error(`${name} never began`));

beforeAll(async () => {
  server = await startFixtureServer();
  data = await makeDataDatabase();
  examples = await startExampleServer();
  services = await startServices({
    env: {
      FLOWS_QUOTAS: 'off',
      FLOWS_DEV_ECHO_TASKS: '1',
      FLOWS_HTTP_ALLOW_HOSTS: `${server.hostPort},${examples.hostPort}`,
      FLOWS_DATA_POSTGRES_URL: data.url,
    },
  });
  alice = clientOf({ actorId: 'alice' });
  elsewhere = makeApiClient(services.url, { tenantId: TENANT, workspaceId: 'acme-other', actorId: 'alice' });
  await publishSubFlows();
  for (const name of fixtureNames('valid')) {
    const { input, signals } = readFixture('runs', name, server.url);
    begin(name, readFixture('valid', name), input, signals);
  }
  for (const name of fixtureNames('traces')) {
    const { definition, input } = readFixture('traces', name);
    begin(`trace-${name}`, definition, input);
  }
  for (const name of fixtureNames('runtime').filter((each) => each !== 'sub-flow-deleted')) {
    const { definition, input } = readFixture('runtime', name);
    begin(`runtime-${name}`, definition, { ...input, base: server.url });
  }
});

afterAll(async () => {
  await Promise.allSettled(ends.values());
  await services?.close();
  await data?.close();
  await server?.close();
  await examples?.close();
});

async function publishSubFlows(): Promise<void> {
  for (const name of fixtureNames('published').toSorted((a, b) => byNumber.compare(a, b))) {
    const { flowId, version, workspace, definition } = readFixture('published', name);
    if (workspace !== 'own') continue;
    await publishFlow(alice, flowId, flowId === 'pricing' ? pricing() : definition);
    for (let latest = 1; latest < version; latest += 1) {
      expectStatus(await alice.call('POST', `/flows/${flowId}/versions`, { headers: PATIENT }), 201);
    }
  }
}

/**
 * `functions.invoke` has no backend: a sub-flow that gives back its input yields the output that flow-language 13
 * names.
 */
const pricing = (): object => ({
  apiVersion: 'v1.0',
  name: 'pricing',
  nodes: [
    {
      id: 'price',
      type: 'sub-flow',
      flowId: 'leaf',
      flowVersion: '1',
      input: { status: 'success', activationId: null, result: { total: 1200 } },
    },
  ],
});

/** The same document with what cannot be reached from here replaced: a public host, and functions, which are echoed. */
function reachable(definition: Definition): Definition {
  const text = JSON.stringify(definition)
    .replaceAll('https://stock.example.com', server.url)
    .replaceAll('"functions.invoke"', '"fixture.invoke"');
  return JSON.parse(text) as Definition;
}

function begin(name: string, definition: Definition, input: object, signals: readonly FixtureSignal[] = []): void {
  const end = run(name, definition, input, signals);
  end.catch(() => undefined);
  ends.set(name, end);
}

async function run(
  name: string,
  definition: Definition,
  input: object,
  signals: readonly FixtureSignal[],
): Promise<ExecutionBody> {
  await publishFlow(alice, name, reachable(definition));
  const { executionId } = await startRun(alice, name, input);
  for (const signal of signals) {
    const path = `${runPath(name, executionId)}/signals/${signal.name}`;
    const client = clientOf(signal.as ?? { actorId: 'alice' });
    expectStatus(await client.call('POST', path, { body: signal.body, headers: PATIENT }), 202);
  }
  return closedRun(alice, name, executionId, CLOSE_TIMEOUT_MS);
}

const statusByNode = (run: ExecutionBody): object =>
  Object.fromEntries(run.nodes.map(({ nodeId, status }) => [nodeId, status]));

/** Ids of the task nodes among `trace`: what the history must have scheduled, in that order. */
const tasksOf = ({ nodes }: Definition, trace: readonly string[]): readonly string[] =>
  trace.filter((nodeId) => nodes.some(({ id, type }) => id === nodeId && type === 'task'));

/** No fixture has a shorter time-out than the default of `http.request` (tasks 4.1). */
const TASK_TIMEOUT_MS = 10_000;

/** A loaded machine may need longer for an exchange than its time-out; the attempt that follows is the product's duty. */
const hasTimedOut = ({ status, startedAt, completedAt }: NodeBody['attempts'][number]): boolean =>
  status === 'failed' && completedAt !== null && Date.parse(completedAt) - Date.parse(startedAt) >= TASK_TIMEOUT_MS;

describe('every valid fixture ends as its expected run says', () => {
  it('has an expected run for each', () => {
    expect(fixtureNames('runs')).toEqual(fixtureNames('valid'));
  });

  it.each(fixtureNames('valid'))('%s', async (name) => {
    const expected = readFixture('runs', name, server.url);
    const definition = readFixture('valid', name);
    const closed = await endOf(name);
    expect(closed).toMatchObject({ status: 'Completed', failure: null });
    expect(closed.result).toEqual({
      status: 'completed',
      flowName: name,
      flowVersion: '1',
      trace: expected.trace,
      state: expected.state,
    });
    expect(closed.nodes.map(({ nodeId }) => nodeId)).toEqual(definition.nodes.map(({ id }) => id));
    expect(statusByNode(closed)).toEqual(expected.nodes);
    expect(closed.events.map(({ nodeId }) => nodeId)).toEqual(tasksOf(definition, expected.trace));
    for (const nodeId of tasksOf(definition, expected.trace)) {
      const attempts = closed.nodes.find((node) => node.nodeId === nodeId)?.attempts ?? [];
      const statuses = attempts.filter((attempt) => !hasTimedOut(attempt)).map(({ status }) => status);
      expect(statuses, `${nodeId}: ${JSON.stringify(attempts)}`).toEqual(expected.attempts?.[nodeId] ?? ['completed']);
    }
  });
});

describe('the traces of flow-language 4.4', () => {
  it.each(fixtureNames('traces'))('%s', async (name) => {
    const { definition, trace } = readFixture('traces', name);
    const closed = await endOf(`trace-${name}`);
    expect(closed.status).toBe('Completed');
    expect(closed.result?.trace).toEqual(trace);
    const nodes = definition.nodes.map(({ id }) => [id, trace.includes(id) ? 'completed' : 'skipped']);
    expect(statusByNode(closed)).toEqual(Object.fromEntries(nodes));
  });
});

describe('failures at run time', () => {
  const expectFailure = (closed: ExecutionBody, failure: object, nodeId: string): void => {
    expect(closed).toMatchObject({ status: 'Failed', result: null, failure });
    expect(closed.nodes.find((node) => node.nodeId === nodeId)?.status).toBe('failed');
  };

  it.each(fixtureNames('runtime').filter((name) => name !== 'sub-flow-deleted'))('%s', async (name) => {
    const { failure } = readFixture('runtime', name);
    expectFailure(await endOf(`runtime-${name}`), failure, failure.nodeId);
  });

  it('sub-flow-deleted', async () => {
    const { definition, input, failure } = readFixture('runtime', 'sub-flow-deleted');
    await publishFlow(elsewhere, 'leaf', readFixture('published', 'leaf.1').definition);
    await publishFlow(elsewhere, 'sub-flow-deleted', definition);
    expectStatus(await elsewhere.call('DELETE', '/flows/leaf', { headers: PATIENT }), 200);
    const { executionId } = await startRun(elsewhere, 'sub-flow-deleted', input);
    expectFailure(await closedRun(elsewhere, 'sub-flow-deleted', executionId), failure, failure.nodeId);
  });
});

/** In a workspace where nothing else is published. */
function beginDocumented(): void {
  const roles = ['workspace_admin', 'finance', 'team', 'lead'];
  const reader = makeApiClient(services.url, { tenantId: TENANT, workspaceId: 'acme-docs', actorId: 'u-117', roles });
  for (const flow of documentedFlows()) {
    const end = runDocumented(reader, flow, examples.hostPort);
    end.catch(() => undefined); // its test tells
    ends.set(`documented-${flow.name}`, end);
  }
}

describe('flows in the documents', () => {
  beforeAll(beginDocumented); // the others have ended: all at once would be a load

  it('are many, and none twice', () => {
    const names = documentedFlows().map(({ name }) => name);
    expect([names.length, new Set(names).size]).toEqual([19, 19]);
  });

  it.each(documentedFlows())('are published and run to their end: $name', async ({ name }) => {
    const run = await endOf(`documented-${name}`);
    expect([run.status, run.failure]).toEqual(['Completed', null]);
  });
});
