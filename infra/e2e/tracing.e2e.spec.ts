import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { platformEventTopic, topicNames } from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  PATIENT,
  publishFlow,
  type Answer,
  type ApiClient,
} from './driver/api-client.js';
import type { AuditItem, ListBody, StartBody } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { acceptedEvents, partitionsOf, readLog, readTopic, withLog } from './driver/log-reader.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './driver/otlp-receiver.js';

const CALLER = { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' };
const WAIT = { timeoutMs: 30_000, everyMs: 50 };
const SERVICES = ['command-service', 'executor', 'worker'] as const;

/** What the client says of itself. */
type Cause = { readonly traceId: string; readonly parentId: string; readonly correlationId: string };
const newCause = (): Cause => ({
  traceId: randomBytes(16).toString('hex'),
  parentId: randomBytes(8).toString('hex'),
  correlationId: `order-${randomBytes(4).toString('hex')}`,
});

let called: CalledServer;
let collector: OtlpReceiver;

beforeAll(async () => {
  called = await startCalledServer();
  collector = await startOtlpReceiver();
});

afterAll(async () => {
  await collector?.close();
  await called?.close();
});

/** A call whose first attempt gets no answer in time, then a record published. */
function twoTasks(path: string): object {
  const input = { url: called.url + path, timeoutMs: 1500, headers: { 'x-kind': 'demo' } };
  const retryPolicy = { maxAttempts: 3, initialInterval: 'PT0.1S' };
  return {
    apiVersion: 'v1.0',
    name: 'two',
    nodes: [
      { id: 'ask', type: 'task', taskType: 'http.request', input, retryPolicy, next: 'tell' },
      {
        ...{ id: 'tell', type: 'task', taskType: 'events.publish' },
        input: { topic: 'announced', messages: [{ value: { ok: true } }] },
      },
    ],
  };
}

/** Starts the flow for a cause, lets its first call time out, and waits for its end. */
async function runFor(client: ApiClient, path: string, cause: Cause): Promise<Answer<StartBody>> {
  called.hold(path);
  const headers = {
    ...PATIENT,
    traceparent: `00-${cause.traceId}-${cause.parentId}-01`,
    'x-correlation-id': cause.correlationId,
  };
  const started = await client.call<StartBody>('POST', '/flows/two/executions', { body: { input: {} }, headers });
  const { executionId } = expectStatus(started, 201);
  await waitUntil('a second attempt', async () => called.calls.get(path) === 2, WAIT);
  called.release(path);
  expect((await closedRun(client, 'two', executionId)).status).toBe('Completed');
  return started;
}

/** Every record of a run's cause on the topics that carry headers for others. */
async function recordsFor(services: IsolatedServices, cause: Cause): Promise<Readonly<Record<string, LogRecord[]>>> {
  const names = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
  const topics = { ...names, announced: platformEventTopic(CALLER.workspaceId, 'announced').name };
  return withLog(services.env, async (kafka) => {
    const of = async (topic: string, partitions: number): Promise<LogRecord[]> =>
      (await readTopic(kafka, topic, partitions)).filter(({ headers, value }) =>
        `${headers['traceparent']} ${value?.toString('latin1')}`.includes(cause.traceId),
      );
    const partitions = partitionsOf(services.env);
    return {
      commands: await of(topics.commands, partitions),
      events: await of(topics.events, partitions),
      audit: await of(topics.audit, partitions),
      announced: await of(topics.announced, 3),
    };
  });
}

async function expectCorrelated(services: IsolatedServices, client: ApiClient, cause: Cause): Promise<void> {
  const { correlationId, traceId } = cause;
  const log = await readLog(services.env);
  const events = acceptedEvents(log).filter(({ event }) => event.meta.correlationId === correlationId);
  expect(events.map(({ event }) => event.type)).toEqual([
    ...['ExecutionRequested', 'ExecutionStarted', 'ExecutionClosed'],
  ]);
  for (const { event } of events) expect(event.meta.traceparent).toMatch(new RegExp(`^00-${traceId}-`));
  const audit = await client.call<ListBody<AuditItem>>('GET', '/audit?eventType=flow.execution_started');
  expect(expectStatus(audit, 200).items.map((item) => item.correlationId)).toContain(correlationId);
  await waitUntil('the audit record', async () => (await recordsFor(services, cause))['audit']?.length === 1, WAIT);
  const records = await recordsFor(services, cause);
  expect(JSON.parse(records['audit']?.[0]?.value?.toString() ?? '')).toMatchObject({ correlationId });
  for (const [topic, kept] of Object.entries(records)) {
    expect(kept.length, topic).toBeGreaterThan(0);
    for (const { headers } of kept) expect(headers['traceparent'], topic).toMatch(new RegExp(`^00-${traceId}-`));
  }
  expect(records['announced']?.[0]?.headers['x-correlation-id']).toBe(correlationId);
}

/** Each of the services has said something about it, and never without naming the trace. */
async function expectInLogs(services: IsolatedServices, { correlationId, traceId }: Cause): Promise<void> {
  for (const service of SERVICES) {
    const lines = (await readFile(services.logOf(service), 'utf8')).split('\n');
    const about = lines.filter((line) => line.includes(correlationId)).map((line) => JSON.parse(line) as object);
    expect(about.length, service).toBeGreaterThan(0);
    for (const line of about) expect(line).toMatchObject({ correlationId, traceId });
  }
}

describe('with an exporter', () => {
  const cause = newCause();
  let services: IsolatedServices;
  let client: ApiClient;
  let answer: Answer<StartBody>;
  let spans: readonly ReceivedSpan[];
  const named = (service: string, name: string): readonly ReceivedSpan[] =>
    spans.filter((span) => span.service === service && span.name === name);
  const only = (service: string, name: string): ReceivedSpan => {
    expect(named(service, name), `${service}: ${name}`).toHaveLength(1);
    return named(service, name)[0] as ReceivedSpan;
  };

  beforeAll(async () => {
    services = await startServices({
      env: {
        LOG_LEVEL: 'debug',
        FLOWS_HTTP_ALLOW_HOSTS: called.hostPort,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '200',
      },
    });
    client = makeApiClient(services.url, CALLER);
    await publishFlow(client, 'two', twoTasks('/exported'));
    answer = await runFor(client, '/exported', cause);
    const mine = (): readonly ReceivedSpan[] => collector.spans().filter(({ traceId }) => traceId === cause.traceId);
    await waitUntil('the last span', async () => mine().some(({ name }) => name === 'end run'), WAIT);
    spans = mine();
  });
  afterAll(() => services?.close());

  it('one trace goes from the request over decider and executor to every attempt', () => {
    const request = only('command-service', 'POST /v1/flows/workspaces/:workspaceId/flows/:flowId/executions');
    const started = only('executor', 'start run');
    expect(request.parentSpanId).toBe(cause.parentId);
    expect(only('command-service', 'decide StartExecution').parentSpanId).toBe(request.spanId);
    expect(started.parentSpanId).toBe(request.spanId);
    expect(only('command-service', 'decide RecordExecutionStarted').parentSpanId).toBe(started.spanId);
    const asked = named('worker', 'task http.request');
    expect(asked.map(({ parentSpanId, attributes }) => [parentSpanId, attributes['flowplane.attempt']])).toEqual([
      [started.spanId, '1'],
      [started.spanId, '2'],
    ]);
    expect(asked.map(({ isError, attributes }) => [isError, attributes['error.type']])).toEqual([
      [true, 'REQUEST_TIMEOUT'],
      [false, undefined],
    ]);
    expect(only('worker', 'task events.publish').parentSpanId).toBe(started.spanId);
    expect(only('executor', 'end run')).toMatchObject({ isError: false });
    for (const span of spans) expect(span.attributes['flowplane.correlation_id']).toBe(cause.correlationId);
  });

  it('what the tasks cause carries the very attempt', () => {
    const attempts = named('worker', 'task http.request').map(({ spanId }) => `00-${cause.traceId}-${spanId}-01`);
    const received = called.headersOf('/exported');
    expect(received.map(({ traceparent }) => traceparent)).toEqual(attempts);
    expect(received.map((headers) => headers['x-correlation-id'])).toEqual([cause.correlationId, cause.correlationId]);
  });

  it('batches of the projections are linked to it', async () => {
    for (const name of ['project control', 'project audit-topic']) {
      const linked = (): boolean =>
        collector.spans().some((span) => span.name === name && span.links.includes(cause.traceId));
      await waitUntil(name, async () => linked(), WAIT);
      expect(linked()).toBe(true);
    }
  });

  it('the correlation id is in the answer, in every event, audit record, published record and log line', async () => {
    expect(answer.headers.get('x-correlation-id')).toBe(cause.correlationId);
    await expectCorrelated(services, client, cause);
    await expectInLogs(services, cause);
  });

  it('a caller who does not trace gets a trace of the service’s own, and probes get none', async () => {
    expectStatus(await client.call('GET', '/flows'), 200);
    await fetch(`${services.urls['projection-service']}/readyz`);
    const listed = (): ReceivedSpan | undefined =>
      collector.spans().find(({ name }) => name === 'GET /v1/flows/workspaces/:workspaceId/flows');
    await waitUntil('a span of the read', async () => listed() !== undefined, WAIT);
    expect(listed()).toMatchObject({ service: 'projection-service', parentSpanId: '' });
    expect(collector.spans().filter(({ name }) => /readyz|metrics|healthz/.test(name))).toEqual([]);
  });
});

describe('without an exporter', () => {
  it('nothing is sent, and everything is passed on as it came', async () => {
    const cause = newCause();
    const path = `/plain-${cause.parentId}`;
    const services = await startServices({
      env: { LOG_LEVEL: 'debug', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
    });
    try {
      const sent = collector.requests();
      const client = makeApiClient(services.url, CALLER);
      await publishFlow(client, 'two', twoTasks(path));
      const answer = await runFor(client, path, cause);
      const traceparent = `00-${cause.traceId}-${cause.parentId}-01`;
      expect(called.headersOf(path).map((headers) => headers['traceparent'])).toEqual([traceparent, traceparent]);
      expect(answer.headers.get('x-correlation-id')).toBe(cause.correlationId);
      await expectCorrelated(services, client, cause);
      await expectInLogs(services, cause);
      expect(collector.requests()).toBe(sent);
    } finally {
      await services.close();
    }
  });
});
