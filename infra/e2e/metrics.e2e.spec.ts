import {
  scrape,
  SERVICES,
  startServices,
  waitUntil,
  type IsolatedServices,
  type Scrape,
  type ServiceName,
} from '@flowplane/stack';
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
import type { PendingBody } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { failingFlow, waitFlow } from './driver/definitions.js';

const CALLER = { tenantId: 'tenant-metrics', workspaceId: 'workspace-metrics' };
const WAIT = { timeoutMs: 20_000, everyMs: 100 };
const HTTP = SERVICES.filter((name) => name !== 'gateway');
const BUCKETS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];

let called: CalledServer;
let services: IsolatedServices;
let client: ApiClient;
const before: Partial<Record<ServiceName, Scrape>> = {};
const after: Partial<Record<ServiceName, Scrape>> = {};

const scraped = (name: ServiceName): Promise<Scrape> => scrape(services.urls[name]);

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  client = makeApiClient(services.url, CALLER);
  for (const name of HTTP) before[name] = await scraped(name);
  await useEverything();
  for (const name of HTTP) after[name] = await scraped(name);
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

/** A run that completes, one that fails, one that is cancelled, a refusal, reads, a stream and an unknown path. */
async function useEverything(): Promise<void> {
  const input = { url: `${called.url}/x` };
  const asking = {
    apiVersion: 'v1.0',
    name: 'ask',
    nodes: [{ id: 'ask', type: 'task', taskType: 'http.request', input }],
  };
  await publishFlow(client, 'asking', asking);
  await publishFlow(client, 'failing', failingFlow());
  await publishFlow(client, 'waiting', waitFlow('PT1H'));
  const asked = await startRun(client, 'asking');
  const failed = await startRun(client, 'failing');
  const waiting = await startRun(client, 'waiting');
  expect((await closedRun(client, 'asking', asked.executionId)).status).toBe('Completed');
  expect((await closedRun(client, 'failing', failed.executionId)).status).toBe('Failed');
  expectStatus(await client.call('POST', `${runPath('waiting', waiting.executionId)}/cancellations`), 202);
  expect((await closedRun(client, 'waiting', waiting.executionId)).status).toBe('Canceled');
  expectStatus(await client.call('POST', '/flows', { body: { name: 'again', flowId: 'asking' } }), 409);
  const stream = await fetch(client.urlOf(`/executions/${encodeURIComponent(asked.executionId)}/events`), {
    headers: client.headers,
  });
  expect(await stream.text()).toContain('stream-end');
  expect((await fetch(`${services.url}/nowhere/${CALLER.tenantId}`)).status).toBe(404);
}

/** Where each metric of the contract is, and which of its samples have grown by how much at least. */
const MOVED: readonly (readonly [ServiceName, string, string, Readonly<Record<string, string>>, number])[] = [
  ['command-service', 'flows_commands_total', 'counter', { type: 'StartExecution', outcome: 'accepted' }, 3],
  ['command-service', 'flows_commands_total', 'counter', { type: 'CreateFlow', outcome: 'rejected' }, 1],
  ['projection-service', 'flows_executions_started_total', 'counter', { trigger: 'manual' }, 3],
  ['projection-service', 'flows_executions_closed_total', 'counter', { status: 'Completed' }, 1],
  ['projection-service', 'flows_executions_closed_total', 'counter', { status: 'Failed' }, 1],
  ['projection-service', 'flows_executions_closed_total', 'counter', { status: 'Canceled' }, 1],
  ['worker', 'flows_task_attempts_total', 'counter', { task_type: 'http.request', outcome: 'completed' }, 1],
  ['worker', 'flows_task_attempts_total', 'counter', { task_type: 'http.request', outcome: 'failed' }, 1],
  ['executor', 'flows_engine_runs_started_total', 'counter', { trigger: 'manual' }, 3],
  ['command-service', 'flows_http_requests_total', 'counter', { method: 'POST', status: '201' }, 9],
  ['command-service', 'flows_http_requests_total', 'counter', { method: 'POST', status: '409' }, 1],
  [
    'projection-service',
    'flows_http_requests_total',
    'counter',
    { method: 'GET', status: '404', route: '{unknown}' },
    1,
  ],
  ['monitor-service', 'flows_http_requests_total', 'counter', { method: 'GET', status: '200' }, 1],
];

describe('metrics of the contract', () => {
  it.each(MOVED)('%s counts %s (%s) %j', (service, name, kind, labels, atLeast) => {
    const [was, is] = [before[service] as Scrape, after[service] as Scrape];
    expect(is.kinds.get(name)).toBe(kind);
    expect(is.total(name, labels) - was.total(name, labels)).toBeGreaterThanOrEqual(atLeast);
    const names = is.samples
      .filter((sample) => sample.name === name)
      .map((sample) => Object.keys(sample.labels).toSorted().join());
    expect([...new Set(names)]).toEqual([
      Object.keys(LABELS[name] ?? labels)
        .toSorted()
        .join(),
    ]);
  });

  it.each(HTTP)(
    '%s times requests in the buckets of the contract and says how long it runs, and how long the turns of its loop are',
    (service) => {
      const { samples, kinds, contentType, total } = after[service] as Scrape;
      expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(kinds.get('flows_http_request_duration_seconds')).toBe('histogram');
      const buckets = samples.filter(({ name }) => name === 'flows_http_request_duration_seconds_bucket');
      expect(new Set(buckets.map(({ labels }) => labels['le']))).toEqual(new Set(BUCKETS));
      expect(kinds.get('flows_process_uptime_seconds')).toBe('gauge');
      expect(total('flows_process_uptime_seconds')).toBeGreaterThan(
        before[service]?.total('flows_process_uptime_seconds') ?? 0,
      );
      expect(kinds.get('flows_loop_turn_cpu_seconds_max')).toBe('gauge');
      expect(total('flows_loop_turn_cpu_seconds_max')).toBeGreaterThan(0);
    },
  );

  it('projections tell their lag, each by its name', () => {
    const { samples } = after['projection-service'] as Scrape;
    const lags = samples.filter(({ name }) => name === 'flows_projection_lag_seconds');
    expect(lags.map(({ labels }) => labels).toSorted(byText)).toEqual([
      ...[{ projection: 'audit-topic' }, { projection: 'control' }, { projection: 'runs' }],
    ]);
    for (const { value } of lags) expect(value).toBeGreaterThanOrEqual(0);
  });

  it('no label holds what is in a path', () => {
    for (const service of HTTP) {
      for (const { labels } of after[service]?.samples ?? []) {
        expect(Object.keys(labels).filter((label) => /tenant|workspace|flow|execution/i.test(label))).toEqual([]);
        const values = Object.values(labels).join(' ');
        for (const name of [CALLER.tenantId, CALLER.workspaceId, 'asking', 'waiting'])
          expect(values).not.toContain(name);
      }
    }
    const routes = after['projection-service']?.samples.map(({ labels }) => labels['route'] ?? '') ?? [];
    expect(routes).toContain('/v1/flows/workspaces/{workspaceId}/flows/{flowId}/executions/{executionId}');
  });
});

it('the gateway tells the metrics of all processes, with a label that says whose they are', async () => {
  const { contentType, samples, kinds, total } = await scrape(services.url);
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const service of HTTP) {
    expect(total('flows_service_up', { service })).toBe(1);
    expect(total('flows_process_uptime_seconds', { service })).toBeGreaterThan(0);
  }
  expect(total('flows_task_attempts_total', { service: 'worker' })).toBeGreaterThanOrEqual(2);
  expect(total('flows_engine_runs_started_total', { service: 'executor' })).toBeGreaterThanOrEqual(3);
  expect(kinds.get('flows_http_requests_total')).toBe('counter');
  expect(samples.filter(({ labels }) => labels['service'] === undefined)).toEqual([]);
});

it('runs that wait for the engine are pending, then running, then neither', async () => {
  const gauges = async (): Promise<string> => {
    const { kinds, total } = await scraped('projection-service');
    expect([kinds.get('flows_pending'), kinds.get('flows_running')]).toEqual(['gauge', 'gauge']);
    return `${total('flows_pending')}/${total('flows_running')}`;
  };
  const until = (wanted: string): Promise<void> => waitUntil(wanted, async () => (await gauges()) === wanted, WAIT);
  await until('0/0');
  await services.stop('executor');
  const headers = { prefer: 'respond-async' };
  const body = { input: {} };
  const started = await client.call<PendingBody>('POST', '/flows/waiting/executions', { body, headers });
  const { executionId } = expectStatus(started, 202);
  await until('1/0');
  await services.start('executor');
  await until('0/1');
  expectStatus(await client.call('POST', `${runPath('waiting', executionId as string)}/cancellations`), 202);
  await until('0/0');
  expect(await gauges()).toBe('0/0');
});

/** All labels of the metrics that a row above names only in part. */
const LABELS: Readonly<Record<string, Readonly<Record<string, ''>>>> = {
  flows_http_requests_total: { method: '', route: '', status: '' },
};

const byText = (one: object, other: object): number => JSON.stringify(one).localeCompare(JSON.stringify(other));
