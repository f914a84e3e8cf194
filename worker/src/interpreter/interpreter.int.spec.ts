import type { FlowNode, Frame, JsonObject } from '@flowplane/contracts';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPROVAL_SIGNAL, type ApprovalSignal } from '../shared/run-input.js';
import { scheduledActivities } from '../../test/interpreter/history-file.js';
import { approval, branch, echo, http, parallel, sequence, wait } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, statuses, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({
    FLOWS_HTTP_ALLOW_HOSTS: upstream.host,
    FLOWS_FUNCTIONS_URL: upstream.url('/hold/functions'),
    FLOWS_LLM_URL: upstream.url('/hold/llm'),
  });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await upstream.close();
});

const hasStatus =
  (nodeId: string, status: string) =>
  (frames: readonly Frame[]): boolean =>
    statuses(frames, nodeId).includes(`${nodeId}:${status}`);

async function expectCanceled(handle: WorkflowHandle): Promise<void> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
}
const RETRY_SOON = { initialInterval: 'PT0.05S', backoffCoefficient: 1 };

describe('traces of flow-language 4.4 on the engine', () => {
  const cases: readonly [FlowNode[], string][] = [
    [[sequence('s', ['a', 'b'], 'd'), echo('a', 'b'), echo('b', 'd'), echo('d')], 's a b d'],
    [[parallel('p', ['a', 'b'], 'd'), echo('a', 'd'), echo('b', 'd'), echo('d')], 'p a b d'],
    [[parallel('p', ['a', 'b']), echo('a', 'c'), echo('b', 'c'), echo('c', 'e'), echo('e')], 'p a b c e'],
    [
      [
        parallel('p', ['a', 'b', 'f']),
        echo('a', 'c'),
        branch('b', [['true', 'c']], 'e'),
        echo('f', 'e'),
        echo('c', 't'),
        echo('e', 't'),
        echo('t'),
      ],
      'p a b f c e t',
    ],
    [[parallel('p', ['a', 'b']), echo('a', 'b'), echo('b')], 'p a b'],
    [[sequence('s', ['a', 'b']), echo('a', 'c'), echo('b', 'c'), echo('c')], 's a c b'],
    [[branch('b', [['x', 'l']], 'r'), echo('l', 't'), echo('r', 't'), echo('t')], 'b l t'],
    [[sequence('s', [], 'a'), echo('a')], 's a'],
  ];
  it.each(cases)('%#', async (nodes, trace) => {
    const handle = await interpreter.start(nodes, { x: true });
    const result = await interpreter.result(handle);
    expect(result).toMatchObject({ status: 'completed', flowName: 'test', flowVersion: '1' });
    expect(result.trace.join(' ')).toBe(trace);
    const tasks = new Set(nodes.filter(({ type }) => type === 'task').map(({ id }) => id));
    expect(scheduledActivities(await handle.fetchHistory())).toEqual(result.trace.filter((id) => tasks.has(id)));
  });
});

describe('values', () => {
  it('applies defaults, evaluates inputs and arms, and keeps outputs as state', async () => {
    const handle = await interpreter.start(
      {
        apiVersion: 'v1.0',
        name: 'values',
        inputs: { n: { type: 'number', default: 2 }, who: { type: 'string' } },
        nodes: [
          echo('a-b', 'choose', { n: '${{ n + 1 }}', text: 'hi ${{ who }}', raw: '$${{ n }}' }),
          branch('choose', [['nodes["a-b"].params.n > 2', 'yes']], 'no'),
          echo('yes'),
          echo('no'),
        ],
      },
      { who: 'you' },
    );
    const { state, trace } = await interpreter.result(handle);
    expect(trace).toEqual(['a-b', 'choose', 'yes']);
    expect(state).toEqual({
      n: 2,
      who: 'you',
      'a-b': { executed: true, taskType: 'echo', params: { n: 3, text: 'hi you', raw: '${{ n }}' } },
      yes: { executed: true, taskType: 'echo', params: {} },
    });
  });

  it('fails a run with the node whose expression cannot be evaluated', async () => {
    const handle = await interpreter.start([branch('b', [['missing.x == 1', 'a']], 'a'), echo('a')]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'b', code: 'InvalidExpression' });
    const frames = await interpreter.frames(handle);
    expect(statuses(frames)).toEqual(['b:started', 'b:failed']);
    expect(frames.filter(({ type }) => type === 'LogFrame')).toMatchObject([{ data: { level: 'error', nodeId: 'b' } }]);
  });

  it('fails a run whose wait has no legal duration', async () => {
    const handle = await interpreter.start([wait('w', '${{ "soon" }}')]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'w', code: 'InvalidDuration' });
  });

  it('ends an evaluation that takes too long, and goes on serving', async () => {
    const list = `[${Array.from({ length: 60 }, (_, i) => i).join(',')}]`;
    const slow = `${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, a + b + c + d >= 0))))`;
    const handle = await interpreter.start([branch('b', [[slow, 'a']], 'a'), echo('a')]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'b', code: 'InvalidExpression' });
    const next = await interpreter.start([branch('b', [['true', 'a']], 'a'), echo('a')]);
    expect((await interpreter.result(next)).trace).toEqual(['b', 'a']);
  });

  it('keeps large values out of history', async () => {
    const big = 'x'.repeat(1_500_000);
    const handle = await interpreter.start([echo('a', 'b', { big: '${{ big }}' }), echo('b')], { big });
    const { state } = await interpreter.result(handle);
    expect(state['a']).toMatchObject({ params: { big } });
    expect((await handle.describe()).historySize).toBeLessThan(20_000);
    const frames = await interpreter.frames(handle);
    const completed = frames.find(({ data, type }) => type === 'NodeFrame' && data.status === 'completed');
    expect(completed).toMatchObject({ data: { output: { json: null, ref: expect.stringMatching(/^[0-9a-f]{64}$/) } } });
  });

  it('fails with StateTooLarge when the outputs together exceed the bound', async () => {
    const big = 'x'.repeat(1_900_000);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const nodes = ids.map((id, i) => echo(id, ids[i + 1], { big: '${{ big }}' }));
    const handle = await interpreter.start(nodes, { big });
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'd', code: 'StateTooLarge' });
  });
});

describe('failures and retries', () => {
  it('tries a task again as its policy says', async () => {
    const handle = await interpreter.start([http('h', upstream.url('/breaks/2/again'), undefined, RETRY_SOON)]);
    const { state } = await interpreter.result(handle);
    expect(state['h']).toMatchObject({ status: 'success', httpStatus: 200 });
    expect(upstream.count('/breaks/2/again')).toBe(3);
    const frames = await interpreter.frames(handle);
    expect(statuses(frames)).toEqual([
      'h:scheduled',
      'h:started',
      'h:retrying',
      'h:retrying:2',
      'h:retrying:2',
      'h:retrying:3',
      'h:completed:3',
    ]);
    const lines = frames.flatMap((frame) => (frame.type === 'LogFrame' ? [frame.data.level] : []));
    expect(lines).toEqual(['warn', 'warn']);
    const failed = frames.flatMap(({ type, data }) => (type === 'NodeFrame' && data.error !== null ? [data] : []));
    expect(failed.map(({ attemptNumber, error }) => [attemptNumber, error?.code])).toEqual([
      [1, 'UPSTREAM_UNAVAILABLE'],
      [2, 'UPSTREAM_UNAVAILABLE'],
    ]);
    // The pause of RETRY_SOON begins when the attempt has failed.
    const pauses = failed.map(({ completedAt, nextAttemptAt }) => (nextAttemptAt ?? 0) - (completedAt ?? 0));
    expect(pauses).toEqual([50, 50]);
  });

  it('fails the run with the code of the last error', async () => {
    const policy = { ...RETRY_SOON, maxAttempts: 2 };
    const handle = await interpreter.start([http('h', upstream.url('/breaks/9/last'), undefined, policy)]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'h', code: 'UPSTREAM_UNAVAILABLE' });
    const frames = await interpreter.frames(handle);
    expect(statuses(frames).slice(-2)).toEqual(['h:retrying:2', 'h:failed:2']);
    const lines = frames.flatMap((frame) => (frame.type === 'LogFrame' ? [frame.data.level] : []));
    expect(lines).toEqual(['warn', 'warn', 'error']);
  });

  it('does not repeat an error that is listed, nor a final one', async () => {
    const policy = { ...RETRY_SOON, nonRetryableErrors: ['UPSTREAM_UNAVAILABLE'] };
    const listed = await interpreter.start([http('h', upstream.url('/breaks/9/listed'), undefined, policy)]);
    expect(await interpreter.failure(listed)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(upstream.count('/breaks/9/listed')).toBe(1);
    const final = await interpreter.start([http('h', 'http://127.0.0.1:1/', undefined, RETRY_SOON)]);
    expect(await interpreter.failure(final)).toMatchObject({ nodeId: 'h', code: 'SSRF_BLOCKED' });
    expect(statuses(await interpreter.frames(final))).toEqual(['h:scheduled', 'h:started', 'h:failed']);
  });

  it('ends an attempt beyond startToClose as TIMEOUT', async () => {
    const policy = { ...RETRY_SOON, maxAttempts: 2, timeouts: { startToClose: 'PT0.5S' } };
    const handle = await interpreter.start([http('h', upstream.url('/hold/slow'), undefined, policy)]);
    expect(await interpreter.failure(handle)).toEqual({ nodeId: 'h', code: 'TIMEOUT', message: 'Activity timed out' });
    const frames = await interpreter.frames(handle, hasStatus('h', 'failed:2'));
    expect(statuses(frames)).toContain('h:retrying:2');
  });

  it('does not repeat a timed-out attempt when TIMEOUT is listed', async () => {
    const policy = { ...RETRY_SOON, nonRetryableErrors: ['TIMEOUT'], timeouts: { startToClose: 'PT0.5S' } };
    const handle = await interpreter.start([http('h', upstream.url('/hold/listed'), undefined, policy)]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'h', code: 'TIMEOUT' });
    expect(upstream.count('/hold/listed')).toBe(1);
  });

  it('tells the failure that the engine decides on when scheduleToClose leaves no time', async () => {
    const policy = { initialInterval: 'PT2S', timeouts: { scheduleToClose: 'PT3S' } };
    const handle = await interpreter.start([http('h', upstream.url('/breaks/9/no-time'), undefined, policy)]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'h', code: 'UPSTREAM_UNAVAILABLE' });
    const frames = await interpreter.frames(handle);
    expect(statuses(frames).filter((text) => text.includes('failed'))).toHaveLength(1);
    expect(frames.filter(({ type, data }) => type === 'LogFrame' && data.level === 'error')).toHaveLength(1);
  });

  it('keeps a long attempt alive with heartbeats', async () => {
    const policy = { maxAttempts: 1, timeouts: { heartbeat: 'PT1S', startToClose: 'PT30S' } };
    const handle = await interpreter.start([
      parallel('p', ['h', 'w']),
      http('h', upstream.url('/later/4000/beat'), undefined, policy),
      wait('w', 'PT1S'),
    ]);
    expect((await interpreter.result(handle)).state['h']).toMatchObject({ httpStatus: 200 });
    expect(upstream.count('/later/4000/beat')).toBe(1);
  });

  it('answers known types without a backend honestly', async () => {
    const node: FlowNode = {
      id: 'm',
      type: 'task',
      taskType: 'email.send',
      input: { to: ['a@b.example'], subject: 's', body: 'b' },
    };
    expect(await interpreter.failure(await interpreter.start([node]))).toMatchObject({
      code: 'CAPABILITY_UNAVAILABLE',
    });
  });

  it('cancels the other branches when one fails', async () => {
    const nodes = [
      parallel('p', ['w', 'h', 'n']),
      wait('w', 'PT1H'),
      http('h', upstream.url('/hold/other')),
      branch('n', [['1', 'x']], 'x'),
      echo('x'),
    ];
    const handle = await interpreter.start(nodes);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'n', code: 'InvalidExpression' });
    expect((await handle.describe()).status.name).toBe('FAILED');
  });

  it('fails with UnknownNode at the edge that leads nowhere', async () => {
    const handle = await interpreter.start([echo('a', 'nowhere')]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'a', code: 'UnknownNode' });
  });
});

describe('cancellation', () => {
  it('ends a waiting run as Canceled', async () => {
    const handle = await interpreter.start([wait('w', 'PT1H', 'a'), echo('a')]);
    await interpreter.frames(handle, hasStatus('w', 'started'));
    await handle.cancel();
    await expectCanceled(handle);
    expect(statuses(await interpreter.frames(handle))).toEqual(['w:started']);
  });

  it('ends a run that pauses between attempts', async () => {
    const policy = { initialInterval: 'PT1H' };
    const handle = await interpreter.start([http('h', upstream.url('/breaks/9/pause'), undefined, policy)]);
    await interpreter.frames(handle, hasStatus('h', 'retrying'));
    await handle.cancel();
    await expectCanceled(handle);
  });

  it('ends a run inside an attempt, and tells the attempt with its next heartbeat', async () => {
    const policy = { timeouts: { heartbeat: 'PT1S', startToClose: 'PT20S' } };
    const task = (id: string, taskType: string, input: JsonObject): FlowNode => ({
      ...{ id, type: 'task', taskType, input, retryPolicy: policy },
    });
    const handle = await interpreter.start([
      parallel('all', ['h', 'f', 'l']),
      http('h', upstream.url('/hold/cancelled'), undefined, policy),
      task('f', 'functions.invoke', { actionId: 'slow' }),
      task('l', 'llm.complete', { model: 'slow', prompt: 'hello' }),
    ]);
    const called = [
      ...['/hold/cancelled', '/hold/functions/v1/workspaces/w1/actions/slow/invocations', '/hold/llm/chat/completions'],
    ];
    const bound = { timeout: 60_000 };
    await expect.poll(() => called.map(upstream.count), bound).toEqual([1, 1, 1]);
    await handle.cancel();
    await expectCanceled(handle);
    // Each of the three has closed its connection.
    await expect.poll(() => called.map(upstream.left), bound).toEqual([1, 1, 1]);
  });

  it('ends a run that awaits an approval', async () => {
    const handle = await interpreter.start([approval('ok', undefined, 'PT1H')]);
    await interpreter.frames(handle, hasStatus('ok', 'waiting-approval'));
    await handle.cancel();
    await expectCanceled(handle);
  });
});

describe('approvals', () => {
  const signal = (commandId: string, nodeId: string | null, approved = true): ApprovalSignal => ({
    commandId,
    nodeId,
    approved,
    actor: 'u1',
    onBehalfOf: null,
  });

  it('continues with the signal, targeted or not, and drops repeats', async () => {
    const handle = await interpreter.start([approval('first', 'second'), approval('second')]);
    await interpreter.frames(handle, hasStatus('first', 'waiting-approval'));
    await handle.signal(APPROVAL_SIGNAL, signal('c1', null));
    await handle.signal(APPROVAL_SIGNAL, signal('c1', null));
    await interpreter.frames(handle, hasStatus('second', 'waiting-approval'));
    await handle.signal(APPROVAL_SIGNAL, signal('c2', 'second', false));
    expect((await interpreter.result(handle)).state).toEqual({
      first: { approved: true, timedOut: false, actor: 'u1' },
      second: { approved: false, timedOut: false, actor: 'u1' },
    });
    expect(statuses(await interpreter.frames(handle))).toEqual([
      'first:waiting-approval',
      'first:completed',
      'second:waiting-approval',
      'second:completed',
    ]);
  });

  it('says what its message is as it opens, and replays', async () => {
    const asking = (id: string, message: string, next?: string): FlowNode => ({
      ...{ id, type: 'approval', message, timeout: 'PT0.2S' },
      ...(next === undefined ? {} : { next }),
    });
    const handle = await interpreter.start(
      [
        asking('plain', 'Deliver it?', 'text'),
        asking('text', 'Order ${{ inputs.order }} costs ${{ total }}: deliver?', 'whole'),
        asking('whole', '${{ {"total": total} }}', 'long'),
        asking('long', '${{ inputs.long }}'),
      ],
      { order: 'o-1', total: 12, long: 'x'.repeat(5000) },
    );
    await interpreter.result(handle);
    const opened = (await interpreter.frames(handle)).flatMap((frame) =>
      frame.type === 'NodeFrame' && frame.data.status === 'waiting-approval' ? [frame.data] : [],
    );
    const messages = opened.map(({ nodeId, input }) => [nodeId, JSON.parse(input?.json ?? '{}') as object]);
    expect(messages).toEqual([
      ['plain', { message: 'Deliver it?' }],
      ['text', { message: 'Order o-1 costs 12: deliver?' }],
      ['whole', { message: '{"total":12}' }],
      ['long', { message: `${'x'.repeat(4095)}…` }],
    ]);
    await interpreter.replay(handle);
  });

  it('fails where its message cannot be evaluated', async () => {
    const handle = await interpreter.start([{ id: 'ok', type: 'approval', message: '${{ inputs.none }}' }]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'ok', code: 'InvalidExpression' });
  });

  it('keeps early signals, the last per target', async () => {
    const handle = await interpreter.start([wait('w', 'PT1S', 'ok'), approval('ok')]);
    await handle.signal(APPROVAL_SIGNAL, signal('c1', 'ok', false));
    await handle.signal(APPROVAL_SIGNAL, signal('c2', 'ok', true));
    expect((await interpreter.result(handle)).state['ok']).toMatchObject({ approved: true });
  });

  it('goes on when the time is up', async () => {
    const handle = await interpreter.start([approval('ok', 'a', 'PT0.2S'), echo('a')]);
    const { state, trace } = await interpreter.result(handle);
    expect(state['ok']).toEqual({ approved: false, timedOut: true });
    expect(trace).toEqual(['ok', 'a']);
  });
});
