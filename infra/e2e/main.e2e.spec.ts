import { randomUUID } from 'node:crypto';
import { startServices, type IsolatedServices } from '@flowplane/infra/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  readRun,
  runPath,
  send,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type {
  AuditItem,
  CommandBody,
  FlowBody,
  ListBody,
  PendingBody,
  Problem,
  RunItem,
  StartBody,
} from './driver/api-types.js';
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

  it('gives each frame an id that goes up and stands in its data, and times once they are known', () => {
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

describe('commands and consistency', () => {
  it('guards the draft by its revision', async () => {
    const created = await alice.call<FlowBody>('POST', '/flows', { body: { name: 'guarded', flowId: 'guarded' } });
    expect(expectStatus(created, 201).revision).toBe(1);
    expect(created.headers.get('etag')).toBe('"1"');
    const patch = (headers: Record<string, string>, body: object) =>
      alice.call<FlowBody & Problem>('PATCH', '/flows/guarded', { headers, body });

    const patched = await patch({ 'if-match': '"1"' }, { name: 'second' });
    expect(expectStatus(patched, 200)).toMatchObject({ name: 'second', revision: 2 });
    expect(patched.headers.get('etag')).toBe('"2"');
    expect(expectStatus(await patch({ 'if-match': '"1"' }, { name: 'third' }), 412).code).toBe('REVISION_CONFLICT');
    expect(expectStatus(await patch({}, { name: 'third', expectedVersion: 1 }), 412).code).toBe('REVISION_CONFLICT');
    const contradictory = await patch({ 'if-match': '"2"' }, { name: 'third', expectedVersion: 1 });
    expect(expectStatus(contradictory, 400).code).toBe('INVALID_REVISION');
    expect(expectStatus(await patch({ 'if-match': 'two' }, {}), 400).code).toBe('INVALID_REVISION');

    const read = await alice.call<FlowBody>('GET', '/flows/guarded');
    expect(read.body).toMatchObject({ name: 'second', revision: 2 });
    expect(read.headers.get('etag')).toBe('"2"');
  });

  it('answers a repeat under an Idempotency-Key with the first answer, and nothing else under that key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const start = (body: object) =>
      alice.call<StartBody & Problem>('POST', '/flows/example/executions', { headers, body });
    const [first, twin] = await Promise.all([start({ input: { amount: 1 } }), start({ input: { amount: 1 } })]);
    const { executionId } = expectStatus(first, 201);
    expect(expectStatus(twin, 201).executionId).toBe(executionId);
    const replays = [first, twin].filter(({ headers: got }) => got.get('x-idempotent-replay') === 'true');
    expect(replays).toHaveLength(1);
    await closedRun(alice, 'example', executionId);

    const repeat = await start({ input: { amount: 1 } });
    expect(expectStatus(repeat, 201)).toMatchObject({ executionId, status: 'Completed' });
    expect(repeat.headers.get('x-idempotent-replay')).toBe('true');
    expect(expectStatus(await start({ input: { amount: 2 } }), 422).code).toBe('IDEMPOTENCY_KEY_REUSED');
    const bad = await alice.call<Problem>('POST', '/flows/example/executions', {
      headers: { 'idempotency-key': 'x'.repeat(129) },
    });
    expect(expectStatus(bad, 400).code).toBe('INVALID_IDEMPOTENCY_KEY');
  });

  it('leaves an Idempotency-Key free when the command was refused', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const publish = () => alice.call<Problem>('POST', '/flows/late/versions', { headers });
    expect(expectStatus(await publish(), 404).code).toBe('FLOW_NOT_FOUND');
    const body = { name: 'late', flowId: 'late', definition: waitFlow('PT0S') };
    expectStatus(await alice.call('POST', '/flows', { body }), 201);
    const published = await publish();
    expectStatus(published, 201);
    expect(published.headers.get('x-idempotent-replay')).toBeNull();
  });

  it('answers at once on request, and tells the outcome under the command', async () => {
    const pending = await alice.call<PendingBody>('POST', '/flows/example/executions', {
      headers: { prefer: 'respond-async' },
      body: { input: { amount: 3 } },
    });
    const { commandId, executionId, status } = expectStatus(pending, 202);
    expect(status).toBe('pending');
    expect(pending.headers.get('preference-applied')).toBe('respond-async');
    expect(pending.headers.get('location')).toBe(`/v1/flows/workspaces/acme-main/commands/${commandId}`);
    const location = `${services.url}${pending.headers.get('location')}`;
    const readCommand = async () => (await send<CommandBody>(location, 'GET', { headers: alice.headers })).body;
    await expect.poll(async () => (await readCommand()).status, { timeout: 10_000 }).toBe('accepted');
    await closedRun(alice, 'example', executionId as string);
    expect(await readCommand()).toMatchObject({
      commandId,
      type: 'execution.start',
      httpStatus: 201,
      result: { executionId, version: 1, status: 'Completed' },
      error: null,
    });

    const refused = await alice.call<PendingBody>('POST', '/flows/missing/versions', {
      headers: { prefer: 'respond-async' },
    });
    const refusedPath = `/commands/${expectStatus(refused, 202).commandId}`;
    await expect
      .poll(async () => (await alice.call<CommandBody>('GET', refusedPath)).body, { timeout: 10_000 })
      .toMatchObject({ status: 'rejected', httpStatus: 404, error: { code: 'FLOW_NOT_FOUND' }, result: null });
    expectStatus(await alice.call('GET', `/commands/${randomUUID()}`), 404);
  });

  it('lets a reader wait for the position of a command', async () => {
    const flowId = `positioned-${randomUUID()}`;
    const created = await alice.call<FlowBody>('POST', '/flows', { body: { name: 'p', flowId } });
    const position = created.headers.get('x-flows-position') ?? '';
    expect(position).toMatch(/^[\x21-\x7e]{1,512}$/);
    const wait = (token: string, more: Record<string, string> = {}) =>
      alice.call<Problem>('GET', `/flows/${flowId}`, { headers: { 'x-flows-min-position': token, ...more } });
    expectStatus(await wait(position), 200);
    expect(expectStatus(await wait('not a token!'), 400).code).toBe('INVALID_POSITION');
    const [partition = '', offset = ''] = Buffer.from(position, 'base64url').toString().slice(1).split(':');
    const future = Buffer.from(`o${partition}:${Number(offset) + 1_000_000}`).toString('base64url');
    const startedAt = Date.now();
    expect(expectStatus(await wait(future, { prefer: 'wait=1' }), 504).code).toBe('POSITION_NOT_REACHED');
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  it('sends a position with every answer to a command', async () => {
    const answers = {
      accepted: await alice.call('PATCH', '/flows/example', { body: {} }),
      refused: await alice.call('POST', '/flows/missing/versions'),
      start: await alice.call('POST', '/flows/example/executions', { body: { input: { amount: 1000 } } }),
      pending: await alice.call('PATCH', '/flows/example', { body: {}, headers: { prefer: 'respond-async' } }),
    };
    const positions = Object.entries(answers).map(([name, { headers }]) => [name, headers.get('x-flows-position')]);
    const token = expect.stringMatching(/^[\x21-\x7e]{1,512}$/);
    expect(Object.fromEntries(positions)).toEqual({ accepted: token, refused: token, start: token, pending: token });
  });

  it('shows a start that was accepted nowhere as missing, and what exists only to those who may see it', async () => {
    const outcome = async (client: ApiClient, method: string, path: string) => {
      const answer = await client.call<Problem>(method, path);
      return [answer.status, answer.body.code];
    };
    const viewer = makeApiClient(services.url, { ...alice.caller, roles: [] });
    const elsewhere = makeApiClient(services.url, { ...alice.caller, workspaceId: 'acme-other' });
    const missingRun = `/flows/example/executions/${encodeURIComponent(`acme:acme-main:example:${randomUUID()}`)}`;
    const foreignRun = `/flows/example/executions/${encodeURIComponent(`globex:w:example:${randomUUID()}`)}`;
    expect(await outcome(viewer, 'POST', '/flows/example/versions')).toEqual([403, 'FORBIDDEN']);
    expect(await outcome(viewer, 'GET', '/audit')).toEqual([403, 'FORBIDDEN']);
    expect((await viewer.call('GET', '/flows/example')).status).toBe(200);
    expect(await outcome(elsewhere, 'GET', '/flows/example')).toEqual([404, 'FLOW_NOT_FOUND']);
    expect(await outcome(alice, 'GET', missingRun)).toEqual([404, 'EXECUTION_NOT_FOUND']);
    expect(await outcome(alice, 'POST', `${missingRun}/cancellations`)).toEqual([404, 'EXECUTION_NOT_FOUND']);
    expect(await outcome(alice, 'GET', foreignRun)).toEqual([404, 'EXECUTION_NOT_FOUND']);
    expect(await outcome(alice, 'POST', `${foreignRun}/cancellations`)).toEqual([403, 'CROSS_TENANT_FORBIDDEN']);
    expect(await outcome(alice, 'POST', '/flows/guarded/executions')).toEqual([404, 'VERSION_NOT_FOUND']);
    expect(await outcome(alice, 'GET', '/flows/example/versions/9')).toEqual([404, 'VERSION_NOT_FOUND']);

    const bare = async (method: string, path: string) => {
      const answer = await send<Problem>(services.url + path, method, {});
      return [answer.status, answer.body.code];
    };
    expect(await bare('GET', '/v1/flows/workspaces/acme-main/nowhere')).toEqual([404, 'NO_ROUTE']);
    expect(await bare('PUT', '/v1/flows/workspaces/acme-main/flows')).toEqual([404, 'NO_ROUTE']);
    expect(await bare('GET', '/v1/flows/workspaces/acme-main/flows')).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('keeps a flow with an open run, and removes it when there is none', async () => {
    await publishFlow(alice, 'busy', waitFlow('PT1H'));
    const { executionId } = await startRun(alice, 'busy');
    const remove = () => alice.call<Problem & { removed?: boolean }>('DELETE', '/flows/busy');
    expect(expectStatus(await remove(), 409).code).toBe('FLOW_HAS_ACTIVE_EXECUTIONS');
    expectStatus(await alice.call('POST', `${runPath('busy', executionId)}/cancellations`), 202);
    await closedRun(alice, 'busy', executionId);
    expect(expectStatus(await remove(), 200)).toEqual({ removed: true });
    expect((await alice.call<Problem>('GET', '/flows/busy')).body.code).toBe('FLOW_NOT_FOUND');
    expect((await readRun(alice, 'busy', executionId)).status).toBe('Canceled');
  });

  it('carries a correlation id from the request into the answer and the audit', async () => {
    const correlationId = `e2e:${randomUUID()}`;
    const headers = { 'x-correlation-id': correlationId };
    const answer = await alice.call('PATCH', '/flows/example', { headers, body: { name: 'example' } });
    expectStatus(answer, 200);
    expect(answer.headers.get('x-correlation-id')).toBe(correlationId);
    const audit = expectStatus(await alice.call<ListBody<AuditItem>>('GET', '/audit?flowId=example&page[size]=1'), 200);
    expect(audit.items[0]).toMatchObject({ eventType: 'flow.definition_updated', correlationId });
  });
});
