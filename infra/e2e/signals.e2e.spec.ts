import { randomUUID } from 'node:crypto';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  readRun,
  runPath,
  startRun,
  type Answer,
  type ApiClient,
} from './driver/api-client.js';
import type { AuditItem, CommandBody, ListBody, PendingBody, Problem, QuotaItem } from './driver/api-types.js';
import { approvalsFlow, signalRun } from './driver/approvals.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { waitFlow } from './driver/definitions.js';
import { checkLog } from './driver/log-check.js';
import { settledLog } from './driver/settled-log.js';

let called: CalledServer;
let services: IsolatedServices;
const clientOf = (actorId: string, roles?: readonly string[], workspaceId = 'acme-main'): ApiClient =>
  makeApiClient(services.url, { tenantId: 'acme', workspaceId, actorId, ...(roles === undefined ? {} : { roles }) });
let alice: ApiClient;

/** Few signals a minute for one tenant. */
const QUOTA_OVERRIDES = JSON.stringify({
  acme: { max_concurrent_executions: -1, flow_starts_per_minute: -1, flow_signal_rate_per_minute: -1 },
  hasty: { flow_signal_rate_per_minute: 2 },
});

beforeAll(async () => {
  called = await startCalledServer();
  const quotas = { FLOWS_QUOTA_OVERRIDES: QUOTA_OVERRIDES };
  services = await startServices({
    env: { ...quotas, FLOWS_COMMAND_WAIT: '60s', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  });
  alice = clientOf('alice');
  await publishFlow(alice, 'review', approvalsFlow([{ id: 'review' }]));
  await publishFlow(alice, 'twice', approvalsFlow([{ id: 'first' }, { id: 'second' }]));
  await publishFlow(alice, 'late', approvalsFlow([{ id: 'review' }], 'PT5S'));
  await publishFlow(alice, 'patient', approvalsFlow([{ id: 'review', timeout: 'PT2S' }]));
  const restricted = [
    { id: 'money', approvers: ['role:finance', 'user:u-1', 'bob'] },
    { id: 'law', approvers: ['role:legal'] },
  ];
  await publishFlow(alice, 'restricted', approvalsFlow(restricted));
  await publishFlow(alice, 'pause', waitFlow('PT1H'));
  await publishFlow(alice, 'short', waitFlow('PT0S'));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

const outcomeOf = ({ status, body }: Answer<Problem>): readonly [number, string | undefined] => [status, body.code];
const nodeStatus = async (flowId: string, executionId: string, nodeId: string): Promise<string | undefined> =>
  (await readRun(alice, flowId, executionId)).nodes.find((node) => node.nodeId === nodeId)?.status;
const parked = (flowId: string, executionId: string, nodeId: string): Promise<unknown> =>
  waitUntil(`${nodeId} waits`, async () => (await nodeStatus(flowId, executionId, nodeId)) === 'waiting-approval', {
    timeoutMs: 30_000,
    everyMs: 100,
  });
const stateOf = async (flowId: string, executionId: string): Promise<Readonly<Record<string, unknown>>> => {
  const run = await closedRun(alice, flowId, executionId);
  expect(run.status).toBe('Completed');
  return run.result?.state ?? {};
};
const auditOf = async (executionId: string): Promise<readonly AuditItem[]> => {
  const listed = await alice.call<ListBody<AuditItem>>('GET', `/audit?executionId=${encodeURIComponent(executionId)}`);
  return expectStatus(listed, 200).items;
};

describe('signals', () => {
  it('a targeted approval goes on with who approved, and is audited', async () => {
    const { executionId } = await startRun(alice, 'review');
    await parked('review', executionId, 'review');
    const bob = clientOf('bob', ['viewer']);
    const answer = await signalRun(bob, 'review', executionId, 'review', {
      ...{ approved: true, actor: 'the boss', comment: 'Within the budget' },
    });
    expect(expectStatus(answer, 202)).toEqual({
      ...{ executionId, workflowId: executionId },
      ...{ signal: 'review', delivered: true },
    });
    expect(await stateOf('review', executionId)).toEqual({
      review: {
        ...{ approved: true, timedOut: false, actor: 'bob', onBehalfOf: 'the boss' },
        comment: 'Within the budget',
      },
    });
    const sent = (await auditOf(executionId)).filter(({ eventType }) => eventType === 'flow.signal_sent');
    expect(sent).toMatchObject([
      {
        ...{ actorId: 'bob', outcome: 'accepted', flowId: 'review', flowVersion: '1', executionId },
        ...{ onBehalfOf: 'the boss', comment: 'Within the budget' },
      },
    ]);
    const causes = await alice.typed.call('getCauses', { params: { executionId } });
    expect(causes.body.approvals).toMatchObject([
      { nodeId: 'review', approved: true, actor: 'bob', onBehalfOf: 'the boss', comment: 'Within the budget' },
    ]);
  });

  it('a rejection is no failure; an untargeted signal releases the one that waits', async () => {
    const { executionId } = await startRun(alice, 'review');
    await parked('review', executionId, 'review');
    expectStatus(await signalRun(alice, 'review', executionId, 'human-approval', { approved: false }), 202);
    expect(await stateOf('review', executionId)).toEqual({
      review: { approved: false, timedOut: false, actor: 'alice' },
    });
  });

  it('one untargeted signal releases one approval; human-approval with nodeId is targeted', async () => {
    const { executionId } = await startRun(alice, 'twice');
    await parked('twice', executionId, 'first');
    expectStatus(await signalRun(alice, 'twice', executionId, 'human-approval', { approved: true }), 202);
    await parked('twice', executionId, 'second');
    const bob = clientOf('bob');
    const targeted = { approved: true, nodeId: 'second' };
    expectStatus(await signalRun(bob, 'twice', executionId, 'human-approval', targeted), 202);
    expect(await stateOf('twice', executionId)).toMatchObject({ first: { actor: 'alice' }, second: { actor: 'bob' } });
  });

  it('signals before the node is reached are kept, and the last one counts', async () => {
    const { executionId } = await startRun(alice, 'late');
    for (const actor of ['bob', 'carol']) {
      expectStatus(
        await signalRun(clientOf(actor), 'late', executionId, 'review', { approved: actor === 'carol' }),
        202,
      );
    }
    expect(await stateOf('late', executionId)).toEqual({ review: { approved: true, timedOut: false, actor: 'carol' } });
  });

  it('a signal to a pending run is kept and delivered after its start', async () => {
    await services.stop('executor');
    const pending = await alice.call<PendingBody>('POST', '/flows/review/executions', {
      headers: { prefer: 'respond-async' },
    });
    const { executionId = '' } = expectStatus(pending, 202);
    expectStatus(await signalRun(alice, 'review', executionId, 'review', { approved: true }), 202);
    expect(await readRun(alice, 'review', executionId)).toMatchObject({ status: 'Pending', startedAt: null });
    await services.start('executor');
    expect(await stateOf('review', executionId)).toMatchObject({ review: { approved: true, actor: 'alice' } });
  });

  it('a signal for a run that the read models have not seen waits for them', async () => {
    await services.stop('projection-service');
    const headers = { prefer: 'respond-async' };
    const pending = await alice.call<PendingBody>('POST', '/flows/review/executions', { headers });
    const { executionId = '' } = expectStatus(pending, 202);
    expectStatus(await signalRun(alice, 'review', executionId, 'review', { approved: true }, headers), 202);
    await services.start('projection-service');
    const seen = async () => (await alice.call('GET', runPath('review', executionId))).status === 200;
    await waitUntil('the run in the read models', seen, { timeoutMs: 30_000, everyMs: 100 });
    expect(await stateOf('review', executionId)).toMatchObject({ review: { approved: true, actor: 'alice' } });
    const log = await settledLog(services.env);
    const outcomes = log.events.flatMap((one) =>
      one.kind === 'event' && one.event.meta.commandType === 'SignalExecution' ? [one.event.type] : [],
    );
    expect(outcomes.slice(-2)).toEqual(['CommandStale', 'ExecutionSignaled']);
  });

  it('the same request twice under a key is one signal', async () => {
    const { executionId } = await startRun(alice, 'twice');
    const headers = { 'idempotency-key': randomUUID() };
    const body = { approved: true };
    const first = await signalRun(alice, 'twice', executionId, 'human-approval', body, headers);
    const again = await signalRun(alice, 'twice', executionId, 'human-approval', body, headers);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('x-idempotent-replay')).toBe('true');
    await parked('twice', executionId, 'second');
    const other = await signalRun(alice, 'twice', executionId, 'human-approval', { approved: false }, headers);
    expect(outcomeOf(other)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expectStatus(await alice.call('POST', `${runPath('twice', executionId)}/cancellations`), 202);
  });

  it('a timeout goes on without anybody, and what comes later has no effect', async () => {
    const { executionId } = await startRun(alice, 'patient');
    expect(await stateOf('patient', executionId)).toEqual({ review: { approved: false, timedOut: true } });
    const late = await signalRun(alice, 'patient', executionId, 'review', { approved: true });
    expect(outcomeOf(late)).toEqual([409, 'EXECUTION_NOT_RUNNING']);
  });

  it('a cancel while parked ends the run Canceled, not timed out', async () => {
    const { executionId } = await startRun(alice, 'review');
    await parked('review', executionId, 'review');
    expectStatus(await alice.call('POST', `${runPath('review', executionId)}/cancellations`), 202);
    expect(await closedRun(alice, 'review', executionId)).toMatchObject({ status: 'Canceled', result: null });
  });

  it('asynchronously, the command tells what became of it', async () => {
    const { executionId } = await startRun(alice, 'review');
    const answer = await signalRun(
      alice,
      'review',
      executionId,
      'review',
      { approved: true },
      { prefer: 'respond-async' },
    );
    expect(expectStatus(answer, 202)).toMatchObject({ status: 'pending' });
    const path = `/commands/${answer.body.commandId}`;
    const command = async () => expectStatus(await alice.call<CommandBody>('GET', path), 200);
    const isDecided = async () => (await command()).status !== 'pending';
    await waitUntil('the outcome', isDecided, { timeoutMs: 30_000, everyMs: 100 });
    expect(await command()).toMatchObject({
      ...{ type: 'execution.signal', status: 'accepted', httpStatus: 202, error: null },
      result: { executionId, signal: 'review', delivered: true },
    });
    await closedRun(alice, 'review', executionId);
  });
});

describe('refused signals', () => {
  it('approvers: roles, users and bare subjects; nobody is above the list; denials are in the audit', async () => {
    const { executionId } = await startRun(alice, 'restricted');
    await parked('restricted', executionId, 'money');
    const send = async (who: ApiClient, name: string, body: object = { approved: true }) =>
      outcomeOf(await signalRun(who, 'restricted', executionId, name, body));
    const root = clientOf('root', ['superadmin', 'platform_admin', 'legal']);
    for (const who of [alice, root, clientOf('finance'), clientOf('role:finance')]) {
      expect(await send(who, 'money')).toEqual([403, 'NOT_AN_APPROVER']);
    }
    // Untargeted, every list must be satisfied.
    expect(await send(clientOf('bob'), 'human-approval')).toEqual([403, 'NOT_AN_APPROVER']);
    // Before what is wrong with the body, behind what is wrong with the name; and who may is in the answer.
    const refused = await signalRun(alice, 'restricted', executionId, 'money', {});
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'NOT_AN_APPROVER', nodeId: 'money', requiredRoles: ['finance'] });
    expect(await send(alice, 'nobody', {})).toEqual([422, 'UNKNOWN_SIGNAL']);
    expect(await send(clientOf('zoe', ['finance']), 'money')).toEqual([202, undefined]);
    await parked('restricted', executionId, 'law');
    expect(await send(clientOf('u-1', ['legal']), 'human-approval')).toEqual([202, undefined]);
    expect(await stateOf('restricted', executionId)).toMatchObject({ money: { actor: 'zoe' }, law: { actor: 'u-1' } });

    const denied = (await auditOf(executionId)).filter(({ outcome }) => outcome === 'denied');
    expect(denied).toHaveLength(6);
    expect(denied[0]).toMatchObject({
      ...{ eventType: 'command.denied', commandType: 'execution.signal', actorId: 'alice' },
      reason: { status: 403, code: 'NOT_AN_APPROVER' },
    });
  });

  it.each([
    ['no approval of that name', 'nobody', { approved: true }, 422, 'UNKNOWN_SIGNAL'],
    ['a node that is no approval', 'before', { approved: true }, 422, 'UNKNOWN_SIGNAL'],
    ['no approval of that nodeId', 'human-approval', { approved: true, nodeId: 'before' }, 422, 'UNKNOWN_SIGNAL'],
    ['nothing said', 'review', {}, 400, 'INVALID_SIGNAL'],
    ['no body', 'review', undefined, 400, 'INVALID_SIGNAL'],
    ['text for a boolean', 'review', { approved: 'yes' }, 400, 'INVALID_SIGNAL'],
    ['no JSON object', 'review', [true], 400, 'INVALID_JSON'],
  ])('%s', async (_what, name, body, status, code) => {
    const executionId = await waitingReview();
    expect(outcomeOf(await signalRun(alice, 'review', executionId, name, body))).toEqual([status, code]);
  });

  it('of a closed run: 422 and 403 before 409, 409 before 400', async () => {
    const { executionId } = await startRun(alice, 'review');
    expectStatus(await signalRun(alice, 'review', executionId, 'review', { approved: true }), 202);
    await closedRun(alice, 'review', executionId);
    const send = async (name: string, body: object) =>
      outcomeOf(await signalRun(alice, 'review', executionId, name, body));
    expect(await send('nobody', { approved: true })).toEqual([422, 'UNKNOWN_SIGNAL']);
    expect(await send('review', {})).toEqual([409, 'EXECUTION_NOT_RUNNING']);
  });

  it('unknown runs, runs of others, ids that are none', async () => {
    const executionId = await waitingReview();
    const send = async (flowId: string, id: string) =>
      outcomeOf(await signalRun(alice, flowId, id, 'review', { approved: true }));
    expect(await send('review', `acme:acme-main:review:${randomUUID()}`)).toEqual([404, 'EXECUTION_NOT_FOUND']);
    expect(await send('review', `${executionId}-review`)).toEqual([404, 'EXECUTION_NOT_FOUND']);
    for (const [flowId, id] of [
      ['twice', executionId],
      ['review', executionId.replace('acme-main', 'acme-other')],
      ['review', executionId.replace('acme:', 'globex:')],
      ['review', 'nonsense'],
      ['review', 'acme:acme-main'],
    ] as const) {
      expect(await send(flowId, id)).toEqual([403, 'CROSS_TENANT_FORBIDDEN']);
    }
    expect(await send('review', 'nul\0')).toEqual([400, 'INVALID_TEXT']);
    // Refused accesses are recorded under who tried, without what belongs to others.
    const denied = async (): Promise<readonly AuditItem[]> => {
      const listed = await alice.call<ListBody<AuditItem>>('GET', '/audit?outcome=denied&page[size]=5');
      return expectStatus(listed, 200).items;
    };
    // A refusal is answered as soon as it is decided, which may be before the view has it.
    const shown = async (): Promise<boolean> =>
      (await denied()).every(({ actorId, flowId }) => actorId === 'alice' && flowId === null);
    await waitUntil('the refusals in the audit', shown, { timeoutMs: 10_000, everyMs: 100 });
    expect(await denied()).toMatchObject(
      Array.from({ length: 5 }, () => ({ actorId: 'alice', flowId: null, executionId: null })),
    );
  });

  it('beyond the rate: 429 before the run is looked for, exactly', async () => {
    const hasty = makeApiClient(services.url, { tenantId: 'hasty', workspaceId: 'hasty-main' });
    await publishFlow(hasty, 'review', approvalsFlow([{ id: 'first' }, { id: 'second' }, { id: 'third' }]));
    const { executionId } = await startRun(hasty, 'review');
    const refusedOnes = await signalRun(hasty, 'review', executionId, 'first', {});
    expect(outcomeOf(refusedOnes)).toEqual([400, 'INVALID_SIGNAL']);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => signalRun(hasty, 'review', executionId, 'first', { approved: true })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 202, 429, 429, 429, 429]);
    const unknown = await signalRun(hasty, 'review', `hasty:hasty-main:review:${randomUUID()}`, 'first', {});
    expect(outcomeOf(unknown)).toEqual([429, 'QUOTA_EXCEEDED']);
    expect(unknown.body.dimension).toBe('flow_signal_rate_per_minute');
    expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThan(0);
    const quotas = expectStatus(await hasty.call<ListBody<QuotaItem>>('GET', '/quotas'), 200).items;
    expect(quotas.at(-1)).toEqual({
      ...{ dimension: 'flow_signal_rate_per_minute', scope: 'workspace' },
      ...{ limit: 2, usage: 2 },
    });
  });

  let waiting: string | undefined;
  async function waitingReview(): Promise<string> {
    waiting ??= (await startRun(alice, 'review')).executionId;
    return waiting;
  }
});

it('every command has its one outcome, refused ones too', async () => {
  expect(checkLog(await settledLog(services.env), {})).toEqual([]);
});
