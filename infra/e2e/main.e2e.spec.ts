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
import type { AuditItem, ListBody, Problem, RunItem } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { exampleFlow, failingFlow, waitFlow } from './driver/definitions.js';
import { statusesByNode, takeStream, type NodeStatusData, type StreamFrame } from './driver/event-stream.js';

let called: CalledServer;
let services: IsolatedServices;
let alice: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  await publishFlow(alice, 'example', exampleFlow(called.url));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

const EXPECTED_STATUSES = {
  size: ['started', 'completed'],
  prepare: ['started', 'completed'],
  reserve: ['scheduled', 'started', 'completed'],
  quote: ['scheduled', 'started', 'completed'],
  settle: ['started', 'completed'],
  announce: ['scheduled', 'started', 'completed'],
  refund: ['skipped'],
};

const numbered = (frames: readonly StreamFrame[]): readonly StreamFrame[] =>
  frames.filter((frame) => frame.id !== null);

describe('the main job', () => {
  let executionId: string;
  let live: readonly StreamFrame[];

  it('runs the example flow while a stream shows every node from scheduled to completed, and ends', async () => {
    const started = await startRun(alice, 'example', { amount: 40 });
    executionId = started.executionId;
    expect(executionId).toBe(started.workflowId);
    expect(executionId).toBe(`acme:acme-main:example:${started.runId}`);
    expect(started).toMatchObject({ version: 1, status: expect.stringMatching(/^(Running|Completed)$/) });

    const stream = await takeStream(alice, executionId);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    expect(stream.text.startsWith('retry: 3000\n\n')).toBe(true);
    expect(stream.ended).toBe(true);
    expect(statusesByNode(stream.frames)).toEqual(EXPECTED_STATUSES);
    const last = stream.frames.at(-1);
    expect(last).toEqual({ event: 'stream-end', id: null, data: '{"type":"stream-end","status":"Completed"}' });
    live = stream.frames;
  });

  it('gives each frame an id that goes up and is in its data, and times once they are known', () => {
    const frames = numbered(live);
    const ids = frames.map((frame) => Number(frame.id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
    const statuses = frames.filter(({ event }) => event === 'node-status').map(({ data }) => JSON.parse(data));
    expect(statuses.map(({ id }: NodeStatusData) => id)).toEqual(frames.map(({ id }) => id));
    const times = (wanted: string) =>
      statuses
        .filter(({ status }: NodeStatusData) => status === wanted)
        .map(({ startedAt, completedAt }: NodeStatusData) => [startedAt, completedAt]);
    expect(times('scheduled')).toEqual(times('scheduled').map(() => [null, null]));
    const known = [expect.stringMatching(/^\d{4}-.*Z$/), expect.stringMatching(/^\d{4}-.*Z$/)];
    expect(times('completed')).toEqual(times('completed').map(() => known));
    expect(JSON.parse(numbered(live).at(-1)?.data ?? '')).toMatchObject({ nodeId: 'refund', status: 'skipped' });
  });

  it('tells status, result, one event per task in order, and the table of nodes', async () => {
    const run = await closedRun(alice, 'example', executionId);
    expect(run).toMatchObject({
      executionId,
      flowId: 'example',
      status: 'Completed',
      version: '1',
      triggerType: 'manual',
      input: { amount: 40 },
      failure: null,
    });
    expect(run.result).toMatchObject({
      status: 'completed',
      flowVersion: '1',
      trace: ['size', 'prepare', 'reserve', 'quote', 'settle', 'announce'],
      state: {
        amount: 40,
        reserve: { status: 'success', httpStatus: 200 },
        announce: { body: '{"path":"/announce"}' },
      },
    });
    // One each, in the order in which the engine scheduled them: reserve and quote are scheduled at the same time.
    expect(run.events.map(({ type }) => type)).toEqual(run.events.map(() => 'ActivityScheduled'));
    expect(
      run.events
        .slice(0, 2)
        .map(({ nodeId }) => nodeId)
        .toSorted(),
    ).toEqual(['quote', 'reserve']);
    expect(run.events.slice(2).map(({ nodeId }) => nodeId)).toEqual(['announce']);
    const eventIds = run.events.map(({ eventId }) => Number(eventId));
    expect(eventIds).toEqual(eventIds.toSorted((a, b) => a - b));
    expect(run.nodes.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      ['size', 'completed'],
      ['refund', 'skipped'],
      ['prepare', 'completed'],
      ['reserve', 'completed'],
      ['quote', 'completed'],
      ['settle', 'completed'],
      ['announce', 'completed'],
    ]);
    const reserve = run.nodes.find(({ nodeId }) => nodeId === 'reserve');
    expect(reserve?.input).toMatchObject({ method: 'POST', body: { amount: 40 } });
    expect(reserve?.output).toMatchObject({ httpStatus: 200 });
    expect(reserve?.attempts).toMatchObject([{ status: 'completed', attemptNumber: 1 }]);
    const times = [run.createdAt, run.startedAt, run.closedAt].map((time) => Date.parse(time ?? ''));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Object.fromEntries(called.calls)).toEqual({ '/reserve': 1, '/quote': 1, '/announce': 1 });
  });

  it('repeats and misses nothing when a stream is resumed, wherever it was cut', async () => {
    const whole = await takeStream(alice, executionId);
    expect(whole.frames).toEqual(live);
    for (const [index, frame] of numbered(live).entries()) {
      const resumed = await takeStream(alice, executionId, { lastEventId: frame.id as string });
      expect({ after: frame.id, frames: resumed.frames }).toEqual({ after: frame.id, frames: live.slice(index + 1) });
      expect(resumed.ended).toBe(true);
    }
    const nonsense = await takeStream(alice, executionId, { lastEventId: 'nonsense' });
    expect(nonsense.frames).toEqual(live);
  });

  it('repeats and misses nothing for a viewer who is cut off after every frame of a running run', async () => {
    const started = await startRun(alice, 'example', { amount: 7 });
    const seen: StreamFrame[] = [];
    while (seen.at(-1)?.event !== 'stream-end' && seen.at(-1)?.event !== 'error') {
      const lastEventId = numbered(seen).at(-1)?.id;
      const resume = lastEventId === null || lastEventId === undefined ? {} : { lastEventId };
      const cut = await takeStream(alice, started.executionId, { ...resume, maxFrames: 1 });
      expect(cut.frames).toHaveLength(1);
      seen.push(...cut.frames);
    }
    expect(statusesByNode(seen)).toEqual(EXPECTED_STATUSES);
    expect(seen).toEqual((await takeStream(alice, started.executionId)).frames);
  });

  it('takes the other arm for another input', async () => {
    const started = await startRun(alice, 'example', { amount: 500 });
    const run = await closedRun(alice, 'example', started.executionId);
    expect(run.result?.trace).toEqual(['size', 'refund']);
    expect(run.events.map(({ nodeId }) => nodeId)).toEqual(['refund']);
  });

  it('lists the runs, newest first, and the audit of what happened', async () => {
    const runs = expectStatus(await alice.call<ListBody<RunItem>>('GET', '/flows/example/executions'), 200);
    expect(runs.items).toHaveLength(3);
    expect(runs.items.at(-1)).toMatchObject({ executionId, status: 'Completed' });
    const audit = expectStatus(await alice.call<ListBody<AuditItem>>('GET', '/audit?flowId=example'), 200);
    expect(audit.items.map(({ eventType }) => eventType)).toEqual([
      'flow.execution_started',
      'flow.execution_started',
      'flow.execution_started',
      'flow.version_published',
      'flow.definition_created',
    ]);
    expect(audit.items[2]).toMatchObject({ executionId, outcome: 'accepted', actorId: 'alice' });
  });
});

describe('runs that do not complete', () => {
  it('cancels a run while it waits', async () => {
    await publishFlow(alice, 'long-wait', waitFlow('PT1H'));
    const { executionId } = await startRun(alice, 'long-wait');
    const path = `${runPath('long-wait', executionId)}/cancellations`;
    const cancelled = await alice.call<{ status: string }>('POST', path);
    expect(expectStatus(cancelled, 202)).toEqual({ executionId, workflowId: executionId, status: 'Cancelling' });
    const run = await closedRun(alice, 'long-wait', executionId);
    expect(run).toMatchObject({ status: 'Canceled', result: null, failure: null });
    const stream = await takeStream(alice, executionId);
    expect(stream.frames.at(-1)?.data).toBe('{"type":"stream-end","status":"Canceled"}');
    expect(expectStatus(await alice.call<Problem>('POST', path), 404).code).toBe('EXECUTION_NOT_FOUND');
  });

  it('fails a run with the node, code and message of the failure', async () => {
    await publishFlow(alice, 'failing', failingFlow());
    const { executionId } = await startRun(alice, 'failing');
    const run = await closedRun(alice, 'failing', executionId);
    expect(run.status).toBe('Failed');
    expect(run.failure).toMatchObject({ nodeId: 'charge', code: 'SSRF_BLOCKED' });
    expect(run.result).toBeNull();
    expect(run.nodes.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      ['calm', 'completed'],
      ['charge', 'failed'],
      ['never', 'pending'],
    ]);
    const stream = await takeStream(alice, executionId);
    expect(statusesByNode(stream.frames)).toEqual({
      calm: ['started', 'completed'],
      charge: ['scheduled', 'started', 'failed'],
    });
    const failed = stream.frames.find(({ data }) => data.includes('"failed"'));
    expect(JSON.parse(failed?.data ?? '{}')).toMatchObject({
      nodeId: 'charge',
      error: { message: run.failure?.message },
    });
    const logLines = stream.frames.filter(({ event }) => event === 'log-line').map(({ data }) => JSON.parse(data));
    // One for the failed attempt, one for the failure that is final.
    expect(logLines).toMatchObject([
      { nodeId: 'charge', level: 'warn' },
      { nodeId: 'charge', level: 'error' },
    ]);
    expect(stream.frames.at(-1)?.data).toBe('{"type":"stream-end","status":"Failed"}');
  });
});
