import { randomUUID } from 'node:crypto';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  runPath,
  startRun,
  type Answer,
  type ApiClient,
} from './driver/api-client.js';
import type { AuditItem, ExecutionBody, ListBody, Problem, StartBody } from './driver/api-types.js';
import { repairableFlow, signalRun } from './driver/approvals.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { failingFlow, waitFlow } from './driver/definitions.js';
import { checkLog } from './driver/log-check.js';
import type { WholeLog } from './driver/log-reader.js';
import { settledLog } from './driver/settled-log.js';

let called: CalledServer;
let services: IsolatedServices;
const clientOf = (actorId: string): ApiClient =>
  makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId });
let alice: ApiClient;

const QUOTA_OVERRIDES = JSON.stringify({
  acme: { max_concurrent_executions: -1, flow_starts_per_minute: -1, flow_signal_rate_per_minute: -1 },
  small: { flow_starts_per_minute: 2, max_concurrent_executions: -1 },
  narrow: { max_concurrent_executions: 1 },
});

beforeAll(async () => {
  called = await startCalledServer();
  const quotas = { FLOWS_QUOTA_OVERRIDES: QUOTA_OVERRIDES };
  services = await startServices({
    env: { ...quotas, FLOWS_COMMAND_WAIT: '60s', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  });
  alice = clientOf('alice');
  await publishFlow(alice, 'pause', waitFlow('PT1H'));
  await publishFlow(alice, 'short', waitFlow('PT0S'));
  await publishFlow(alice, 'failing', failingFlow());
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

const outcomeOf = ({ status, body }: Answer<Problem>): readonly [number, string | undefined] => [status, body.code];
const auditOf = async (executionId: string): Promise<readonly AuditItem[]> => {
  const listed = await alice.call<ListBody<AuditItem>>('GET', `/audit?executionId=${encodeURIComponent(executionId)}`);
  return expectStatus(listed, 200).items;
};

const retry = (client: ApiClient, flowId: string, executionId: string, body?: object) =>
  client.call<StartBody & Problem & { readonly retriedFrom?: string }>(
    'POST',
    `${runPath(flowId, executionId)}/retries`,
    {
      headers: { prefer: 'wait=60' },
      ...(body === undefined ? {} : { body }),
    },
  );

it('starts the same version with the same input as a run of its own', async () => {
  await publishFlow(alice, 'again', { ...waitFlow('PT0S'), inputs: { size: { type: 'number', default: 3 } } });
  const source = await startRun(alice, 'again', { color: 'red' });
  await closedRun(alice, 'again', source.executionId);
  expectStatus(await alice.call('POST', '/flows/again/versions', { headers: { prefer: 'wait=60' } }), 201);
  const body = expectStatus(await retry(alice, 'again', source.executionId), 201);
  expect(body).toEqual({
    ...{ executionId: body.executionId, workflowId: body.executionId, runId: body.runId, version: 1 },
    ...{ status: expect.stringMatching(/^(Running|Completed)$/), retriedFrom: source.executionId },
  });
  expect(body.executionId).toBe(`acme:acme-main:again:${body.runId}`);
  expect(body.runId).not.toBe(source.runId);
  const run = await closedRun(alice, 'again', body.executionId);
  expect(run).toMatchObject({
    ...{ status: 'Completed', version: '1', triggerType: 'manual', retriedFrom: source.executionId },
    input: { color: 'red', size: 3 },
  });
  const types = (await auditOf(body.executionId)).map(({ eventType }) => eventType);
  expect(types).toEqual(['flow.execution_retry']);
  expect((await auditOf(source.executionId)).map(({ eventType }) => eventType)).toEqual(['flow.execution_started']);
});

it('a version that was removed starts nothing and can be read; runs of it go on and are retried on it', async () => {
  const version = (number: number) => `/flows/trimmed/versions/${number}`;
  await publishFlow(alice, 'trimmed', waitFlow('PT0S'));
  const [pinned] = [await startRun(alice, 'trimmed')];
  for (const _version of [2, 3]) expectStatus(await alice.call('POST', '/flows/trimmed/versions'), 201);
  const calling = (flowVersion: string) => ({
    ...{ apiVersion: 'v1.0', name: 'calling' },
    nodes: [{ id: 'child', type: 'sub-flow', flowId: 'trimmed', flowVersion }],
  });
  await publishFlow(alice, 'calling', calling('2'));
  expect(outcomeOf(await alice.call('DELETE', version(3)))).toEqual([409, 'VERSION_IN_USE']);
  expect(outcomeOf(await alice.call('DELETE', version(2)))).toEqual([409, 'VERSION_IN_USE']);
  expect(outcomeOf(await alice.call('DELETE', version(9)))).toEqual([404, 'VERSION_NOT_FOUND']);
  expect(expectStatus(await alice.call('DELETE', version(1)), 200)).toEqual({ removed: true });
  expect(outcomeOf(await alice.call('DELETE', version(1)))).toEqual([404, 'VERSION_NOT_FOUND']);

  const removed = expectStatus(await alice.call<{ readonly archivedAt?: string }>('GET', version(1)), 200);
  expect(removed).toMatchObject({ version: 1, definition: waitFlow('PT0S') });
  expect(Date.parse(removed.archivedAt ?? '')).toBeGreaterThan(0);
  const listed = await alice.call<ListBody<{ readonly version: number; readonly archivedAt?: string }>>(
    ...(['GET', '/flows/trimmed/versions'] as const),
  );
  expect(expectStatus(listed, 200).items.map((item) => [item.version, item.archivedAt])).toEqual([
    ...[
      [1, removed.archivedAt],
      [2, undefined],
      [3, undefined],
    ],
  ]);
  const body = { version: 1 };
  const started = await alice.call<Problem>('POST', '/flows/trimmed/executions', { body });
  expect(outcomeOf(started)).toEqual([404, 'VERSION_NOT_FOUND']);
  expectStatus(await alice.call('PATCH', '/flows/calling', { body: { definition: calling('1') } }), 200);
  expect(outcomeOf(await alice.call('POST', '/flows/calling/versions'))).toEqual([422, 'FLOW_VALIDATION_FAILED']);

  await closedRun(alice, 'trimmed', pinned.executionId);
  const again = expectStatus(await retry(alice, 'trimmed', pinned.executionId), 201);
  expect(again.version).toBe(1);
  expect(await closedRun(alice, 'trimmed', again.executionId)).toMatchObject({ status: 'Completed', version: '1' });
  const audit = await alice.call<ListBody<AuditItem>>('GET', '/audit?flowId=trimmed&eventType=flow.version_archived');
  expect(expectStatus(audit, 200).items).toMatchObject([{ flowVersion: '1', actorId: 'alice' }]);
});

it('what completed in the source is not run again: from what failed, from a node, from a retry', async () => {
  await publishFlow(alice, 'repair', repairableFlow(called.url));
  called.hold('/flaky');
  const source = await startRun(alice, 'repair');
  expectStatus(await signalRun(clientOf('bob'), 'repair', source.executionId, 'review', { approved: true }), 202);
  expect(await closedRun(alice, 'repair', source.executionId)).toMatchObject({
    status: 'Failed',
    failure: { nodeId: 'flaky', code: 'TIMEOUT' },
  });
  called.release('/flaky');
  const retried = async (of: string, from: unknown) => {
    const { executionId } = expectStatus(await retry(alice, 'repair', of, { from }), 201);
    return closedRun(alice, 'repair', executionId);
  };
  const reusedIn = (run: ExecutionBody) => run.nodes.filter(({ reused }) => reused).map(({ nodeId }) => nodeId);
  const callsOf = () => [called.calls.get('/steady'), called.calls.get('/flaky')];
  expect(callsOf()).toEqual([1, 1]);

  const repaired = await retried(source.executionId, 'failed');
  expect(repaired).toMatchObject({
    ...{ status: 'Completed', retriedFrom: source.executionId },
    result: { trace: ['review', 'steady', 'flaky', 'done'], state: { review: { approved: true, actor: 'bob' } } },
  });
  expect(reusedIn(repaired)).toEqual(['review', 'steady']);
  expect(repaired.nodes.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'completed'));
  expect(callsOf()).toEqual([1, 2]);

  const again = await retried(repaired.executionId, { nodeId: 'steady' });
  expect(reusedIn(again)).toEqual(['review']);
  expect(again.result?.state).toMatchObject({ review: { actor: 'bob' } });
  expect(callsOf()).toEqual([2, 3]);
});

it('from the start in any state, with a replay under a key; otherwise only when it is over', async () => {
  const { executionId } = await startRun(alice, 'pause');
  const headers = { prefer: 'wait=60', 'idempotency-key': randomUUID() };
  const path = `${runPath('pause', executionId)}/retries`;
  const call = () => alice.call<StartBody>('POST', path, { headers, body: { from: 'start' } });
  const first = expectStatus(await call(), 201);
  const again = await call();
  expect(again.headers.get('x-idempotent-replay')).toBe('true');
  expect(expectStatus(again, 201)).toEqual(first);
  expect(first.status).toBe('Running');
  for (const from of ['failed', 'pause', 'nobody', { nodeId: 'pause' }]) {
    expect(outcomeOf(await retry(alice, 'pause', executionId, { from }))).toEqual([409, 'RETRY_NOT_POSSIBLE']);
  }
  for (const id of [executionId, first.executionId]) {
    expectStatus(await alice.call('POST', `${runPath('pause', id)}/cancellations`), 202);
    await closedRun(alice, 'pause', id);
  }
});

it('points that are none, sources that are none', async () => {
  const completed = await startRun(alice, 'short');
  const failed = await startRun(alice, 'failing');
  await closedRun(alice, 'short', completed.executionId);
  expect(await closedRun(alice, 'failing', failed.executionId)).toMatchObject({ status: 'Failed' });
  const send = async (flowId: string, id: string, from: unknown) =>
    outcomeOf(await retry(alice, flowId, id, { from } as object));
  expect(await send('short', completed.executionId, 'failed')).toEqual([409, 'RETRY_NOT_POSSIBLE']);
  for (const from of ['nobody', { nodeId: 'start' }, 7, { nodeId: 7 }, '']) {
    expect(await send('short', completed.executionId, from)).toEqual([422, 'INVALID_RETRY_POINT']);
  }
  // Known to the version, but never visited.
  expect(await send('failing', failed.executionId, 'never')).toEqual([422, 'INVALID_RETRY_POINT']);
  const unknown = `acme:acme-main:short:${randomUUID()}`;
  expect(await send('short', unknown, 'failed')).toEqual([404, 'EXECUTION_NOT_FOUND']);
  expect(await send('pause', completed.executionId, 'start')).toEqual([403, 'CROSS_TENANT_FORBIDDEN']);
  const list = await retry(alice, 'short', completed.executionId, []);
  expect(outcomeOf(list)).toEqual([400, 'INVALID_JSON']);
});

it('a run of a deleted flow stays readable but is not retried, also when the id is taken again', async () => {
  await publishFlow(alice, 'gone', waitFlow('PT0S'));
  const { executionId } = await startRun(alice, 'gone');
  await closedRun(alice, 'gone', executionId);
  expectStatus(await alice.call('DELETE', '/flows/gone', { headers: { prefer: 'wait=60' } }), 200);
  expect(outcomeOf(await retry(alice, 'gone', executionId))).toEqual([404, 'VERSION_NOT_FOUND']);
  await publishFlow(alice, 'gone', waitFlow('PT0S'));
  expect(outcomeOf(await retry(alice, 'gone', executionId))).toEqual([404, 'VERSION_NOT_FOUND']);
});

it('is charged both start quotas', async () => {
  const small = makeApiClient(services.url, { tenantId: 'small', workspaceId: 'small-main' });
  await publishFlow(small, 'short', waitFlow('PT0S'));
  const { executionId } = await startRun(small, 'short');
  const answers = await Promise.all(Array.from({ length: 4 }, () => retry(small, 'short', executionId)));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 429, 429, 429]);
  const denied = answers.find(({ status }) => status === 429);
  expect(denied?.body.dimension).toBe('flow_starts_per_minute');
  expect(Number(denied?.headers.get('retry-after'))).toBeGreaterThan(0);

  const narrow = makeApiClient(services.url, { tenantId: 'narrow', workspaceId: 'narrow-main' });
  await publishFlow(narrow, 'pause', waitFlow('PT1H'));
  const running = await startRun(narrow, 'pause');
  const second = await retry(narrow, 'pause', running.executionId);
  expect([...outcomeOf(second), second.body.dimension]).toEqual([429, 'QUOTA_EXCEEDED', 'max_concurrent_executions']);
});

it('every command has its one outcome, and the counted quotas were exact', async () => {
  const log = await settledLog(services.env);
  const of = (isNarrow: boolean): WholeLog => ({
    commands: log.commands.filter(({ command }) => (command.meta.tenantId === 'narrow') === isNarrow),
    events: log.events.filter((one) => one.kind !== 'event' || (one.event.meta.tenantId === 'narrow') === isNarrow),
  });
  expect(checkLog(of(true), { maxConcurrentExecutions: 1 })).toEqual([]);
  expect(checkLog(of(false), {})).toEqual([]);
});
