import type { FlowNode, Frame } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPROVAL_SIGNAL, STANDING_MEMO, type ReusedNode } from '../shared/run-input.js';
import { approval, branch, echo, http, parallel, sequence, subFlow, wait } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, statuses, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';

let interpreter: TestInterpreter;
beforeAll(async () => {
  interpreter = await openTestInterpreter();
});
afterAll(() => interpreter.close());

const reused = (nodeId: string, more: Partial<ReusedNode> = {}): ReusedNode => ({
  nodeId,
  output: null,
  arm: null,
  ...more,
});
async function activitiesOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
}
const nodeFrames = (frames: readonly Frame[]) =>
  frames.flatMap(({ type, data }) => (type === 'NodeFrame' ? [data] : []));
const signal = (nodeId: string | null) => ({ commandId: 'c1', nodeId, approved: true, actor: 'u2', onBehalfOf: null });

const NODES: FlowNode[] = [
  parallel('p', ['a', 's'], 'choose'),
  echo('a'),
  sequence('s', ['w', 'ok', 'child']),
  wait('w', 'PT1H'),
  approval('ok'),
  subFlow('child', 'nowhere'),
  branch('choose', [['false', 'left']], 'right'),
  echo('left', 'end'),
  echo('right', 'end'),
  echo('end', undefined, { all: '${{ [a.n, ok.actor, child.x] }}' }),
];

describe('a run that reuses', () => {
  it('visits what completed before without executing it, with its outputs and decisions', async () => {
    const approved = { approved: true, timedOut: false, actor: 'u1' };
    const reuse = [
      reused('a', { output: { n: 1 } }),
      ...[reused('w'), reused('ok', { output: approved }), reused('child', { output: { x: 2 } })],
      reused('choose', { arm: 0 }),
      // Never reached: its output stays out of the state.
      reused('right', { output: { never: true } }),
    ];
    const handle = await interpreter.start(NODES, { in: 0 }, { reuse });
    const { trace, state, notes } = await interpreter.result(handle);
    expect([...trace].sort()).toEqual(['p', 'a', 's', 'w', 'ok', 'child', 'choose', 'left', 'end'].sort());
    expect(trace.slice(-3)).toEqual(['choose', 'left', 'end']);
    expect(state).toMatchObject({ in: 0, a: { n: 1 }, ok: approved, child: { x: 2 } });
    expect(state).not.toHaveProperty('right');
    expect(state['end']).toMatchObject({ params: { all: [1, 'u1', 2] } });
    expect(await activitiesOf(handle)).toEqual(['left', 'end']);
    expect(notes).toEqual({
      arms: [['choose', 0]],
      reused: trace.filter((id) => !['p', 's', 'left', 'end'].includes(id)),
    });

    const frames = await interpreter.frames(handle);
    const reusedFrames = nodeFrames(frames).filter((frame) => frame.reused);
    expect(reusedFrames.map(({ nodeId, status }) => `${nodeId} ${status}`).sort()).toEqual(
      ['a', 'child', 'choose', 'ok', 'w'].map((id) => `${id} completed`),
    );
    expect(reusedFrames.find(({ nodeId }) => nodeId === 'a')).toMatchObject({ output: { json: '{"n":1}' } });
    for (const id of ['a', 'w', 'ok', 'child', 'choose']) expect(statuses(frames, id)).toEqual([`${id}:completed`]);
    expect(statuses(frames, 'p')).toEqual(['p:started', 'p:completed']);
  });

  it('of nothing but reused nodes ends at once', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `n${i}`);
    const nodes = ids.map((id, i) => wait(id, 'PT1H', ids[i + 1]));
    const handle = await interpreter.start(nodes, {}, { reuse: ids.map((id) => reused(id)) });
    expect((await interpreter.result(handle)).trace).toEqual(ids);
  });

  it('takes no signal for an approval that is reused, and hands untargeted ones to the next', async () => {
    const nodes = [approval('first', 'second'), approval('second')];
    const output = { approved: false, timedOut: true };
    const handle = await interpreter.start(nodes, {}, { reuse: [reused('first', { output })] });
    await handle.signal(APPROVAL_SIGNAL, signal(null));
    expect((await interpreter.result(handle)).state).toEqual({
      first: output,
      second: { approved: true, timedOut: false, actor: 'u2' },
    });
  });

  it('is bounded by the size of its state like any other', async () => {
    const reuse = [reused('a', { output: { text: 'x'.repeat(500) } })];
    const handle = await interpreter.start([echo('a', 'b'), echo('b')], {}, { reuse, limits: { maxStateBytes: 400 } });
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'a', code: 'StateTooLarge' });
  });

  it('keeps large outputs out of its history', async () => {
    const big = 'x'.repeat(2_000_000);
    const ids = ['a', 'b', 'c'];
    const reuse = ids.map((id) => reused(id, { output: { big } }));
    const nodes = [
      echo('a', 'b'),
      echo('b', 'c'),
      echo('c', 'd'),
      echo('d', undefined, { size: '${{ size(c.big) }}' }),
    ];
    const handle = await interpreter.start(nodes, {}, { reuse });
    expect((await interpreter.result(handle)).state['d']).toMatchObject({ params: { size: 2_000_000 } });
    expect((await handle.describe()).historySize).toBeLessThan(10_000);
  });
});

describe('what a run leaves for its retry', () => {
  async function standingOf(handle: WorkflowHandle): Promise<unknown> {
    await handle.result().catch(() => undefined);
    return (await handle.describe()).memo?.[STANDING_MEMO];
  }

  it('are its trace, open nodes, approvals and decisions, when it fails', async () => {
    const nodes = [
      parallel('p', ['w', 's']),
      wait('w', 'PT1H'),
      sequence('s', ['ok', 'z', 'choose', 'h']),
      ...[approval('ok'), wait('z', 'PT0S'), branch('choose', [['false', 'x']], 'y'), echo('x'), echo('y')],
      http('h', 'http://127.0.0.1:1/'),
    ];
    const handle = await interpreter.start(nodes);
    await handle.signal(APPROVAL_SIGNAL, signal('ok'));
    expect(await standingOf(handle)).toEqual({
      trace: ['p', 'w', 's', 'ok', 'z', 'choose', 'y', 'h'],
      open: [
        ...[
          ['p', 'started'],
          ['s', 'started'],
        ],
        ...[
          ['w', 'started'],
          ['h', 'scheduled'],
        ],
      ],
      approvals: [['ok', { approved: true, timedOut: false, actor: 'u2' }]],
      arms: [['choose', -1]],
      reused: [],
    });
  });

  it('are the same when it is cancelled', async () => {
    const nodes = [wait('z', 'PT0S', 'b'), branch('b', [['true', 'ok']], 'z2'), approval('ok'), echo('z2')];
    const handle = await interpreter.start(nodes);
    await interpreter.frames(handle, (frames) => statuses(frames).includes('ok:waiting-approval'));
    await handle.cancel();
    expect(await standingOf(handle)).toEqual({
      trace: ['z', 'b', 'ok'],
      open: [['ok', 'waiting-approval']],
      approvals: [],
      arms: [['b', 0]],
      reused: [],
    });
  });

  it('is nothing where it decided nothing and completed', async () => {
    expect(await interpreter.result(await interpreter.start([wait('z', 'PT0S')]))).not.toHaveProperty('notes');
  });
});
